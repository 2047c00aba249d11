/** Characters of a line that are shown at first, and how many more each time. */
export const CUT = 4 << 10;
export const MORE = 64 << 10;
/** Characters whose styles are read in one go. */
const PIECE = 16 << 10;
/** Within so many characters before a cut the begin of a style is looked for. */
const STYLE = 24;

/** What a terminal shows of a line in the end: what came after the last return of the carriage. */
export function lastState(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 13) end -= 1;
  return end === 0 ? "" : text.slice(text.lastIndexOf("\r", end - 1) + 1, end);
}

/** A stretch of a long line in pieces, cut between characters and not within a style. */
export function piecesOf(text: string, from: number, to: number): string[] {
  const pieces: string[] = [];
  let begin = border(text, from);
  const end = border(text, to);
  while (begin < end) {
    const cut = Math.min(end, border(text, begin + PIECE));
    const next = cut > begin ? cut : end;
    pieces.push(text.slice(begin, next));
    begin = next;
  }
  return pieces;
}

/** A place at or before the wanted one where a line can be cut. */
function border(text: string, at: number): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  const code = text.charCodeAt(at);
  const place = code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
  const begun = text.lastIndexOf("\u001b", place - 1);
  if (begun <= 0 || place - begun > STYLE) return place;
  const complete = /[@-~]/.test(text.slice(begun + 2, place));
  return complete ? place : begun;
}
