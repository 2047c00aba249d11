import type { Span } from "./ansi";

/** A part of a line that is or is not what was looked for. */
export interface Marked extends Span {
  found: boolean;
}

/** Finds a text in upper or lower case; `null` for none. */
export function matcher(text: string): RegExp | null {
  return text === "" ? null : new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu");
}

/** Cuts what was found out of the parts, also where it goes over their borders. */
export function mark(spans: Span[], wanted: RegExp | null): Marked[] {
  if (!wanted) return spans.map((span) => ({ ...span, found: false }));
  const whole = spans.map(({ text }) => text).join("");
  const marked: Marked[] = [];
  const hits = [...whole.matchAll(wanted)].map((hit) => ({ from: hit.index, to: hit.index + hit[0].length }));
  let start = 0;
  let next = 0;
  for (const { text, style } of spans) {
    let at = 0;
    while (at < text.length) {
      while ((hits[next]?.to ?? Number.POSITIVE_INFINITY) <= start + at) next += 1;
      const hit = hits[next];
      const from = hit ? hit.from - start : Number.POSITIVE_INFINITY;
      const found = from <= at;
      const to = Math.min(text.length, found && hit ? hit.to - start : from);
      marked.push({ text: text.slice(at, to), style, found });
      at = to;
    }
    start += text.length;
  }
  return marked;
}
