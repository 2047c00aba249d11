export type LineKind = "error" | "plus" | "minus" | "hint" | "here" | "place" | "plain";

export interface Line {
  kind: LineKind;
  text: string;
}

export interface Section {
  /** What went wrong, how it came to it, or words that are neither. */
  kind: "assertion" | "traceback" | "words";
  lines: Line[];
}

/** Takes a failure's message apart: what went wrong comes first, the way there after it. */
export function sections(message: string): Section[] {
  const lines = message.replace(/\n+$/, "").split("\n").map(classify);
  if (lines.some((line) => isError(line))) {
    return [
      { kind: "assertion", lines: errors(lines) },
      { kind: "traceback", lines },
    ];
  }
  const start = lines.findLastIndex(({ text }) => text.startsWith("Traceback (most recent call last)"));
  if (start >= 0) {
    // What Python itself writes: everything after the indented frames is the exception.
    const last = lines.findLastIndex(({ text }, at) => at > start && /^\s+\S/.test(text));
    const words = lines.slice(last + 1).map(({ text }) => ({ kind: "error", text }) satisfies Line);
    if (last >= 0 && words.length > 0) {
      return [
        { kind: "assertion", lines: words },
        { kind: "traceback", lines },
      ];
    }
  }
  return [{ kind: "words", lines }];
}

function classify(text: string): Line {
  if (/^E( |$)/.test(text)) return { kind: diff(text.slice(1).trimStart()), text };
  if (/^>\s/.test(text)) return { kind: "here", text };
  if (/^\S.*:\d+: ?/.test(text)) return { kind: "place", text };
  return { kind: "plain", text };
}

function diff(text: string): LineKind {
  if (/^\+( |$)/.test(text)) return "plus";
  if (/^-( |$)/.test(text)) return "minus";
  if (/^\?( |$)/.test(text)) return "hint";
  return "error";
}

function isError({ kind, text }: Line): boolean {
  return kind === "error" || kind === "plus" || kind === "minus" || (kind === "hint" && text.startsWith("E"));
}

/** The lines with E, without that letter and without the margin that all of a run have. */
function errors(lines: Line[]): Line[] {
  const found: Line[] = [];
  let run: Line[] = [];
  const close = () => {
    if (run.length === 0) return;
    if (found.length > 0) found.push({ kind: "plain", text: "" });
    const filled = run.filter(({ text }) => text.trim() !== "");
    const margin = filled.reduce(
      (least, { text }) => Math.min(least, indent(text)),
      Number.POSITIVE_INFINITY,
    );
    for (const { kind, text } of run) found.push({ kind, text: text.slice(margin) });
    run = [];
  };
  for (const line of lines) {
    if (isError(line)) run.push({ kind: line.kind, text: line.text.slice(1) });
    else close();
  }
  close();
  return found;
}

function indent(text: string): number {
  return text.length - text.trimStart().length;
}
