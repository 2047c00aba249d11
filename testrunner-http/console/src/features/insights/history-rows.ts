import type { CaseHistory } from "../../api/types";

type CaseRun = CaseHistory["history"][number];

/** One run of a case, newest first. */
export type HistoryRow = CaseRun & {
  /** The file has other bytes than in the run before. */
  changed: boolean;
  /** Tells runs of the same Testrun apart. */
  place: number;
};

export function historyRows(history: CaseRun[]): HistoryRow[] {
  return history.map((run, place) => {
    const before = history[place + 1];
    return { ...run, place, changed: before !== undefined && before.digest !== run.digest };
  });
}
