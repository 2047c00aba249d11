import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { CaseOutcome } from "../../api/types";
import { keys } from "../../store/keys";

/** Which cases of a Testrun; every field narrows it. */
export interface CaseSpec {
  file?: number;
  outcome?: CaseOutcome;
  text?: string;
}

export const PAGE_CASES = 1_000;

/** One page of cases, in the order of their events. */
export function casesQuery(id: number, spec: CaseSpec, after: number, limit = PAGE_CASES) {
  return queryOptions({
    queryKey: keys.cases(id, { ...spec, after, limit }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/testruns/{id}/cases", {
          params: { path: { id }, query: { ...spec, after, limit } },
          signal,
        }),
      ),
  });
}

/** The case that an event recorded; no case when that does not count (any more, or yet). */
export function caseQuery(id: number, file: number, seq: number) {
  return queryOptions({
    ...casesQuery(id, { file }, seq - 1, 1),
    select: ({ cases }) => cases.find((one) => one.seq === seq) ?? null,
  });
}

/** All files of a Testrun, with where their bytes are. */
export function filesQuery(id: number) {
  return queryOptions({
    queryKey: [...keys.testrun(id), "files"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/testruns/{id}/files", { params: { path: { id } }, signal })),
  });
}

/** How a case ended in the newest Testruns. */
export function historyQuery(path: string, name: string) {
  return queryOptions({
    queryKey: keys.insights("history", { path, case: name }),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/insights/history", { params: { query: { path, case: name } }, signal })),
  });
}
