/** What the page looks at. All of it stands in the address. */
export interface Filter {
  /** How far back, for what is told by day. */
  days: number;
  /** How many of the Testruns that ended last, for files and cases. */
  runs: number;
  username: string;
  label: string;
}

export const DAYS = [7, 30, 90, 365];
export const RUNS = [20, 50, 100, 500];
const USUAL: Filter = { days: 30, runs: 50, username: "", label: "" };

/** A value that is not one of the choices is as if it was not there. */
export function readFilter(params: URLSearchParams): Filter {
  return {
    days: choice(params.get("days"), DAYS, USUAL.days),
    runs: choice(params.get("runs"), RUNS, USUAL.runs),
    username: params.get("username") ?? "",
    label: params.get("label") ?? "",
  };
}

/** The address of a filter; what is as usual is not in it. What else is there stays. */
export function writeFilter(params: URLSearchParams, filter: Filter): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of ["days", "runs", "username", "label"] as const) {
    if (filter[name] === USUAL[name]) next.delete(name);
    else next.set(name, String(filter[name]));
  }
  return next;
}

/** Whether Testruns are left out for more than their age. */
export function isNarrowed({ username, label }: Filter): boolean {
  return username !== "" || label !== "";
}

/** The part of a filter that is sent with every question. */
export function whose({ username, label }: Filter): { username?: string; label?: string[] } {
  return { ...(username && { username }), ...(label && { label: [label] }) };
}

function choice(text: string | null, choices: number[], usual: number): number {
  return choices.find((one) => String(one) === text) ?? usual;
}
