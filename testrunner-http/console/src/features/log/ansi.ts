import Anser from "anser";
import type { CSSProperties } from "react";
import { clean } from "./clean";
import { onGround, onPaper, palette, type Rgb } from "./colours";

/** A part of a line in one style. */
export interface Span {
  text: string;
  style: CSSProperties | undefined;
}

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** A line as text with styles: colours, bold, italic and underlined, and nothing else. */
export function spans(line: string): Span[] {
  const text = clean(line);
  if (!text.includes("\u001b")) return text === "" ? [] : [{ text, style: undefined }];
  return Anser.ansiToJson(text, { json: true, use_classes: true, remove_empty: true }).map((entry) => ({
    text: entry.content,
    style: styleOf(entry),
  }));
}

function styleOf(entry: Anser.AnserJsonEntry): CSSProperties | undefined {
  if (!entry.was_processed) return undefined;
  const wanted = colour(entry.fg, entry.fg_truecolor);
  const ground = colour(entry.bg, entry.bg_truecolor);
  const style: CSSProperties = {};
  if (ground) Object.assign(style, onGround(wanted, ground));
  else if (wanted) style.color = onPaper(wanted);
  for (const decoration of entry.decorations) {
    if (decoration === "bold") style.fontWeight = "bold";
    if (decoration === "italic") style.fontStyle = "italic";
    if (decoration === "underline") style.textDecoration = "underline";
  }
  return style;
}

/** The colour that anser has named. */
function colour(name: string | null, exact: string | null): Rgb | null {
  if (!name) return null;
  if (name === "ansi-truecolor") {
    const [red, green, blue] = (exact ?? "").split(", ").map(Number);
    return [red ?? 0, green ?? 0, blue ?? 0];
  }
  const number = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  if (number) return palette(Number(number));
  const bright = name.startsWith("ansi-bright-");
  const index = NAMES.indexOf(name.replace(bright ? "ansi-bright-" : "ansi-", ""));
  return index < 0 ? null : palette(bright ? index + 8 : index);
}
