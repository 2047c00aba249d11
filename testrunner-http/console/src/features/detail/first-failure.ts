import type { CaseOutcome, TestDocument } from "../../api/types";
import type { Live, ShownCase } from "./live";
import { badOf, isBad } from "./outcomes";

/** The first file that is not in order, with the outcomes of cases to look for in it; those may be none. */
export function firstBadFile(tests: TestDocument[]): { file: number; outcomes: CaseOutcome[] } | null {
  for (const test of tests) {
    const outcomes = badOf(test.counts);
    if (isBad(test.outcome) || outcomes.length > 0) return { file: test.index ?? 0, outcomes };
  }
  return null;
}

/** The earliest of these cases. */
export function earliest<T extends { seq: number }>(cases: T[]): T | null {
  return cases.reduce<T | null>((best, one) => (best && best.seq <= one.seq ? best : one), null);
}

/** The first bad case of files that still run. */
export function firstLiveFailure(live: Live): ShownCase | null {
  return earliest([...live.files.values()].flatMap(({ cases }) => cases.filter((one) => isBad(one.outcome))));
}
