import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { CaseOutcome, LogPage } from "../../api/types";
import { keys } from "../../store/keys";
import { readBack } from "./read-back";

/** Which pieces of output: those after an event, or the last ones before it. */
export type Part = { file?: number; limit: number } & ({ after: number } | { before: number });
export type Search = { text: string; file?: number } & ({ after: number } | { before: number });

/** A page of output. Not kept: what is shown is kept by the reader, and a log may be large. */
export function logChunksQuery(id: number, part: Part) {
  return queryOptions({
    queryKey: keys.log(id, part),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/testruns/{id}/log/chunks", { params: { path: { id }, query: part }, signal })),
    staleTime: 0,
    gcTime: 0,
  });
}

/** Where a text stands next. */
export function logFindQuery(id: number, search: Search) {
  return queryOptions({
    queryKey: keys.log(id, { find: search }),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/testruns/{id}/log/find", { params: { path: { id }, query: search }, signal })),
    staleTime: 0,
    gcTime: 0,
  });
}

/** The first case with an outcome. */
export function firstCaseQuery(id: number, outcome: CaseOutcome, file?: number) {
  return queryOptions({
    queryKey: keys.cases(id, { first: outcome, file }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/testruns/{id}/cases", {
          params: { path: { id }, query: { outcome, file, limit: 1 } },
          signal,
        }),
      ),
    staleTime: 0,
  });
}

/** Pieces in a page of a case's output. */
const CASE_PIECES = 16;

/** The output before the end of a case, page by page backwards. */
export function caseOutputQuery(id: number, file: number, name: string, seq: number) {
  return infiniteQueryOptions({
    queryKey: keys.log(id, { case: name, file, seq }),
    queryFn: ({ pageParam, signal }) => {
      const read = (before: number, limit: number) =>
        unwrap(
          api.GET("/api/v1/testruns/{id}/log/chunks", {
            params: { path: { id }, query: { file, before, limit } },
            signal,
          }),
        );
      return readBack(read, pageParam, CASE_PIECES, (page) => pageBefore(page, name));
    },
    initialPageParam: seq,
    getNextPageParam: (page) => pageBefore(page, name),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

/** Where the output before a page begins; `undefined` when the page reaches back to what came before the case. */
export function pageBefore(page: LogPage, name: string): number | undefined {
  const passed = page.chunks.some((line) => line.case != null && line.case !== name);
  return passed ? undefined : (page.next_before ?? undefined);
}
