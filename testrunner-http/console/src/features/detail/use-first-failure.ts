import { useQueries } from "@tanstack/react-query";
import type { Testrun } from "../../api/types";
import { earliest, firstBadFile, firstLiveFailure } from "./first-failure";
import type { Live } from "./live";
import { casesQuery } from "./queries";

export interface Failure {
  file: number;
  /** `null`: the file as a whole. */
  case: number | null;
  name: string | null;
}

/** Where to look first; `undefined` while it is looked for, `null` when nothing failed. */
export function useFirstFailure(testrun: Testrun, live: Live, wanted: boolean): Failure | null | undefined {
  const found = wanted ? firstBadFile(testrun.tests ?? []) : null;
  const pages = useQueries({
    queries: (found?.outcomes ?? []).map((outcome) =>
      casesQuery(testrun.id, { file: found?.file, outcome }, 0, 1),
    ),
  });
  if (!wanted) return undefined;
  if (!found) {
    const one = firstLiveFailure(live);
    return one && { file: one.file, case: one.seq, name: one.case };
  }
  if (pages.some(({ isPending }) => isPending)) return undefined;
  const first = earliest(pages.flatMap(({ data }) => data?.cases ?? []));
  return { file: found.file, case: first?.seq ?? null, name: first?.case ?? null };
}
