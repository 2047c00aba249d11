import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { FailReason, Status } from "../../api/types";
import { keys } from "../../store/keys";

/** What a list shows; every field narrows it. */
export interface Filter {
  status?: Status[];
  reason?: FailReason[];
  username?: string;
  label?: string[];
  text?: string;
  created_from?: number;
  created_before?: number;
}

export const PAGE_ROWS = 50;

/** One page of Testruns, newest first, with counts of all that match. */
export function testrunsQuery(filter: Filter, cursor: string | null) {
  return queryOptions({
    queryKey: keys.list(filter, cursor),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/testruns", {
          params: { query: { ...filter, limit: PAGE_ROWS, cursor: cursor ?? undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** One Testrun with its files. */
export function testrunQuery(id: number) {
  return queryOptions({
    queryKey: keys.testrun(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/testruns/{id}", { params: { path: { id } }, signal })),
  });
}

/** Why a Testrun waits and when it will start. */
export function waitingQuery(id: number) {
  return queryOptions({
    queryKey: keys.waiting(id),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/testruns/{id}/queue", { params: { path: { id } }, signal })),
  });
}
