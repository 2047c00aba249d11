const ESCAPE = "\\u001b";
// Each alternative stops at what begins another one, so that no text takes more than one walk through it.
const STRING =
  "(?:\\u001b[PX\\]^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u0090\\u0098\\u009c-\\u009f]*";
const STRING_END = "(?:\\u0007|\\u001b\\\\|\\u009c)";
const CSI = "(?:\\u001b\\[|\\u009b)([0-?]{0,100})([ -/]{0,8})([@-~])";
const OTHER = "\\u001b[ -/]{0,8}[0-OQ-WYZ`-~]";
const CONTROL = "[\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]";
const BIDI = "[\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]";
const SEQUENCES = new RegExp(
  `${STRING}${STRING_END}|${CSI}|${OTHER}|(${CONTROL}|${BIDI})|\\p{Surrogate}`,
  "gu",
);
const STYLES = new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g");
const SUSPECT = new RegExp(`${CONTROL}|${BIDI}|\\p{Surrogate}`, "u");

/**
 * A line with nothing in it that acts on a terminal or a page but colours and weights (`ESC [ … m`). Titles, links,
 * the clipboard and movements of the cursor are dropped; other control characters can be seen.
 */
export function clean(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text.replace(
    SEQUENCES,
    (found: string, codes?: string, between?: string, end?: string, control?: string) => {
      if (end !== undefined) return end === "m" && between === "" ? style(codes ?? "") : "";
      if (control !== undefined) return visible(control);
      return found.length === 1 ? "\ufffd" : "";
    },
  );
}

/** The text that is seen. */
export function plain(text: string): string {
  return clean(text).replace(STYLES, "");
}

/** Codes of a style with semicolons only; what has none is dropped. */
function style(codes: string): string {
  if (!/^[\d;:]*$/.test(codes)) return "";
  const parts = codes.split(";").flatMap((part) => {
    if (!part.includes(":")) return [part];
    const [kind, how, ...values] = part.split(":");
    if ((kind === "38" || kind === "48") && how === "5") return [kind, how, values[0] ?? ""];
    if ((kind === "38" || kind === "48") && how === "2") return [kind, how, ...values.slice(-3)];
    if (kind === "4") return [how === "0" ? "24" : "4"];
    return [];
  });
  return parts.length > 0 ? `\u001b[${parts.join(";")}m` : "";
}

function visible(control: string): string {
  const code = control.charCodeAt(0);
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
