import type { Chunk } from "./chunk";

/** A line of the log as it is listed. */
export interface Row {
  /** The piece in which it begins, and its number within it: together they name it for ever. */
  seq: number;
  line: number;
  text: string;
  chunk: Chunk;
  /** Another file, case or attempt begins with it. */
  heads: boolean;
  /** Bytes of the same output that were not kept before it. */
  missing: number;
}

/** All lines of pieces that follow each other; a line that goes on in a later piece is one line. */
export function toRows(chunks: Chunk[]): Row[] {
  const rows: Row[] = [];
  const tails = new Map<string, { row: Row | undefined; to: number; chunk: Chunk }>();
  for (const chunk of chunks) {
    const tail = tails.get(chunk.output);
    const joined = tail !== undefined && goesOn(tail.chunk, chunk) ? tail.row : undefined;
    if (joined) joined.text += chunk.lines[0] ?? "";
    let last = joined;
    for (let line = joined ? 1 : 0; line < chunk.lines.length; line += 1) {
      const before = rows[rows.length - 1];
      last = {
        seq: chunk.seq,
        line,
        text: chunk.lines[line] ?? "",
        chunk,
        heads: line === 0 || before?.seq !== chunk.seq ? differs(before?.chunk, chunk) : false,
        missing: line === 0 && tail ? Math.max(0, chunk.from - tail.to) : 0,
      };
      rows.push(last);
    }
    tails.set(chunk.output, { row: last, to: chunk.to, chunk });
  }
  return rows;
}

function goesOn(before: Chunk, chunk: Chunk): boolean {
  return (
    before.open &&
    before.to === chunk.from &&
    before.case === chunk.case &&
    before.superseded === chunk.superseded
  );
}

function differs(before: Chunk | undefined, chunk: Chunk): boolean {
  return (
    before === undefined ||
    before.file !== chunk.file ||
    before.case !== chunk.case ||
    before.superseded !== chunk.superseded
  );
}

/** The place of a line among the rows, or of the last one before it; 0 when all are after it. */
export function findRow(rows: Row[], seq: number, line: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && (row.seq < seq || (row.seq === seq && row.line <= line))) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
