import type { TestDocument } from "../../api/types";
import type { ShownCase } from "./live";
import { isBad, total } from "./outcomes";
import type { CasePages } from "./use-case-pages";

export type Row =
  | { kind: "file"; key: string; file: TestDocument; open: boolean; leaf: boolean }
  | { kind: "case"; key: string; case: ShownCase; provisional: boolean }
  | { kind: "note"; key: string; text: string; more?: () => void };

/** What is known of one file's cases. */
export interface FileCases extends Pick<CasePages, "pending" | "error" | "more"> {
  cases: ShownCase[];
  /** The file still runs. */
  provisional: boolean;
}

interface Wanted {
  files: TestDocument[];
  isOpen: (file: TestDocument) => boolean;
  casesOf: (file: TestDocument) => FileCases;
  failuresFirst: boolean;
  /** Goes below everything. */
  tail?: { key: string; text: string; more?: () => void };
}

/** The tree as lines, files that are closed without their cases. */
export function treeRows({ files, isOpen, casesOf, failuresFirst, tail }: Wanted): Row[] {
  const rows: Row[] = [];
  for (const file of failuresFirst ? badFirst(files, fileIsBad) : files) {
    const at = file.index ?? 0;
    const leaf = file.outcome != null && total(file.counts) === 0;
    const open = !leaf && isOpen(file);
    rows.push({ kind: "file", key: `f${at}`, file, open, leaf });
    if (!open) continue;
    const { cases, pending, error, more, provisional } = casesOf(file);
    const sorted = failuresFirst ? badFirst(cases, (one) => isBad(one.outcome)) : cases;
    // A new key for each page: what comes into view reads on, also when it never left.
    const key = `n${at}/${cases.length}`;
    for (const one of sorted) rows.push({ kind: "case", key: `c${one.seq}`, case: one, provisional });
    if (error) rows.push({ kind: "note", key, text: error.message });
    else if (pending) rows.push({ kind: "note", key, text: "Reading its cases…" });
    else if (more) rows.push({ kind: "note", key, text: "Reading more cases…", more });
    else if (cases.length === 0) rows.push({ kind: "note", key, text: "No cases yet" });
  }
  if (tail) rows.push({ kind: "note", ...tail });
  return rows;
}

export function fileIsBad(file: TestDocument): boolean {
  return isBad(file.outcome) || (file.outcome == null && total(file.counts) > 0 && hasBad(file));
}

function hasBad({ counts }: TestDocument): boolean {
  return counts.failed + counts.error + counts.crashed + counts.timed_out > 0;
}

function badFirst<T>(all: T[], bad: (one: T) => boolean): T[] {
  return [...all.filter(bad), ...all.filter((one) => !bad(one))];
}

/** Which row a key of the keyboard leads to; `null` when it leads nowhere. */
export function nextRow(rows: Row[], at: number, key: string): number | null {
  const last = rows.length - 1;
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, last);
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "PageDown":
      return Math.min(at + 15, last);
    case "PageUp":
      return Math.max(at - 15, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowLeft":
      return rows[at]?.kind === "file" ? null : rows.findLastIndex((row, i) => i < at && row.kind === "file");
    default:
      return null;
  }
}
