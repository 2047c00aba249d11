import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../store/keys";
import { type Filter, whose } from "./filter";

const ROWS = 15;

/** Pass rate and duration by day. */
export function trendQuery(filter: Filter) {
  const query = { days: filter.days, ...whose(filter) };
  return queryOptions({
    queryKey: keys.insights("trend", query),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/insights/trend", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function slowFilesQuery(filter: Filter) {
  const query = { runs: filter.runs, limit: ROWS, ...whose(filter) };
  return queryOptions({
    queryKey: keys.insights("files", query),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/insights/files", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function slowCasesQuery(filter: Filter) {
  const query = { runs: filter.runs, limit: ROWS, ...whose(filter) };
  return queryOptions({
    queryKey: keys.insights("cases", query),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/insights/cases", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function flakyQuery(filter: Filter) {
  const query = { runs: filter.runs, limit: ROWS, ...whose(filter) };
  return queryOptions({
    queryKey: keys.insights("flaky", query),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/insights/flaky", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** One case over the Testruns that are looked at. */
export function historyQuery(which: CaseName, filter: Filter) {
  const query = { ...which, runs: filter.runs, ...whose(filter) };
  return queryOptions({
    queryKey: keys.insights("history", query),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/insights/history", { params: { query }, signal })),
  });
}

export interface CaseName {
  path: string;
  case: string;
}
