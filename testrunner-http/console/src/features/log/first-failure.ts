import type { QueryClient } from "@tanstack/react-query";
import type { CaseDocument, CaseOutcome } from "../../api/types";
import type { Line, LogReader } from "./log-reader";
import { firstCaseQuery } from "./queries";
import { findRow, type Row } from "./rows";

const BAD: CaseOutcome[] = ["failed", "error", "crashed", "timed_out"];

/** The first case that did not go well; `undefined` for none. */
export async function firstFailure(
  queries: QueryClient,
  id: number,
  file: number | undefined,
): Promise<CaseDocument | undefined> {
  const pages = await Promise.all(
    BAD.map((outcome) => queries.fetchQuery(firstCaseQuery(id, outcome, file))),
  );
  return pages.flatMap(({ cases }) => cases).sort((a, b) => a.seq - b.seq)[0];
}

/** The last line that a case wrote, or what stands in the log where it ended. Opens that place. */
export async function lineOf(reader: LogReader, end: CaseDocument): Promise<Line | null> {
  let line: Line = { seq: end.seq, line: 0 };
  const choose = (rows: Row[]) => {
    const own = ({ chunk }: Row) => chunk.file === end.file && chunk.case === end.case;
    const row = rows.slice(0, findRow(rows, end.seq, 0) + 1).findLast(own);
    if (row) line = { seq: row.seq, line: row.line };
    return line;
  };
  return (await reader.open(line, choose)) ? line : null;
}
