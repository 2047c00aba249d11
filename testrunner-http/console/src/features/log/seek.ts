import { plain } from "./clean";
import { lastState } from "./line-view";
import type { Line, LogReader } from "./log-reader";
import { findRow, type Row } from "./rows";

/** Asks the server where the text stands next: a piece, or where to go on asking, or neither at the end of the log. */
export type Ask = (from: { after: number } | { before: number }) => Promise<{
  seq?: number | null;
  next_after?: number | null;
  next_before?: number | null;
}>;

/** Looks for a text: among the lines that are there, then on the server. `null` when there is no other. */
export async function seek(
  reader: LogReader,
  wanted: RegExp,
  from: Line & { inclusive: boolean },
  backwards: boolean,
  ask: Ask,
  tell: (seq: number) => void,
): Promise<Line | null> {
  const step = backwards ? -1 : 1;
  const { rows, after, atStart, atEnd } = reader.shown;
  const start = findRow(rows, from.seq, from.line) + (from.inclusive ? 0 : step);
  const near = search(rows, wanted, start, step);
  if (near) return near;
  if (backwards ? atStart : atEnd) return null;
  let place: { after: number } | { before: number } = backwards
    ? { before: Math.max(1, rows[0]?.seq ?? after + 1) }
    : { after };
  for (;;) {
    const answer = await ask(place);
    if (typeof answer.seq === "number") return inPiece(reader, wanted, answer.seq, step);
    const next = backwards ? answer.next_before : answer.next_after;
    if (typeof next !== "number") return null;
    tell(next);
    place = backwards ? { before: next } : { after: next };
  }
}

/** The line of a piece that has the text; its first one when only what is not seen has it. */
async function inPiece(reader: LogReader, wanted: RegExp, seq: number, step: 1 | -1): Promise<Line | null> {
  let found: Line = { seq, line: 0 };
  const choose = (rows: Row[]) => {
    const first = findRow(rows, seq, 0);
    const last = findRow(rows, seq, Number.POSITIVE_INFINITY);
    found = search(rows.slice(first, last + 1), wanted, step > 0 ? 0 : last - first, step) ?? found;
    return found;
  };
  return (await reader.open(found, choose)) ? found : null;
}

function search(rows: Row[], wanted: RegExp, start: number, step: 1 | -1): Line | null {
  for (let at = start; at >= 0 && at < rows.length; at += step) {
    const row = rows[at];
    if (row && plain(lastState(row.text)).search(wanted) >= 0) return { seq: row.seq, line: row.line };
  }
  return null;
}
