import type { SchemaWindow } from "../../api/schema.gen";

/** Says how many Testruns were looked at, and whether that is all. */
export function windowWords({ runs, from, truncated }: SchemaWindow): string {
  if (runs === 0) return "No Testrun has ended that was looked at.";
  const since = from ? `, the oldest from ${new Date(from / 1_000).toLocaleDateString()}` : "";
  const count = runs === 1 ? "1 Testrun" : `${runs} Testruns`;
  if (truncated) return `From the last ${count} that ended${since}; older ones were left out.`;
  return `From ${runs === 1 ? "the 1 Testrun" : `all ${count}`} that ended${since}.`;
}
