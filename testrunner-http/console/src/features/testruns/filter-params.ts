import type { FailReason, Status } from "../../api/types";
import { REASON, STATUS } from "../../components/outcome";
import type { Filter } from "./queries";

/** The filter that an address names. What the API would refuse is left out. */
export function filterOf(params: URLSearchParams): Filter {
  return {
    status: known(params.getAll("status"), STATUS) as Status[] | undefined,
    reason: known(params.getAll("reason"), REASON) as FailReason[] | undefined,
    username: params.get("username") || undefined,
    label: some(params.getAll("label").filter(Boolean)),
    text: params.get("text")?.slice(0, 200) || undefined,
    created_from: day(params.get("from"), 0),
    // The whole of the last day belongs to it.
    created_before: day(params.get("to"), 1),
  };
}

/** Whether anything is narrowed. */
export function isNarrowed(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

/** The address with one parameter set anew; the page within the list begins from the newest again. */
export function changed(params: URLSearchParams, name: string, values: string[]): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete("cursor");
  next.delete(name);
  for (const value of values) next.append(name, value);
  return next;
}

/** A value put in if it was out, and out if it was in. */
export function toggled(values: string[], value: string): string[] {
  return values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
}

function known(values: string[], words: object): string[] | undefined {
  return some(values.filter((value) => Object.hasOwn(words, value)));
}

function some<T>(values: T[]): T[] | undefined {
  return values.length > 0 ? [...new Set(values)].slice(0, 16) : undefined;
}

/** Microseconds at which a local day (YYYY-MM-DD) begins, or so many days later. */
function day(text: string | null, later: number): number | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "")?.map(Number) ?? [];
  if (year === undefined || month === undefined || date === undefined) return undefined;
  return new Date(year, month - 1, date + later).getTime() * 1_000;
}
