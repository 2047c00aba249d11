import type { CaseCounts, CaseOutcome, FileOutcome } from "../../api/types";
import { OUTCOME } from "../../components/outcome";

const WORST_FIRST: Record<CaseOutcome, number> = {
  failed: 0,
  error: 1,
  crashed: 2,
  timed_out: 3,
  xpassed: 4,
  passed: 5,
  skipped: 6,
  xfailed: 7,
};

/** All outcomes of cases, the worst first. */
export const OUTCOMES = (Object.keys(WORST_FIRST) as CaseOutcome[]).sort(
  (a, b) => WORST_FIRST[a] - WORST_FIRST[b],
);

export function isBad(outcome: CaseOutcome | FileOutcome | null | undefined): boolean {
  return outcome != null && OUTCOME[outcome].tone === "bad";
}

/** The bad outcomes that occur. */
export function badOf(counts: CaseCounts): CaseOutcome[] {
  return OUTCOMES.filter((outcome) => isBad(outcome) && counts[outcome] > 0);
}

export function total(counts: CaseCounts): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}
