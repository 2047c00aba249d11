/** The form as it is typed. Numbers stay text, so that the server judges what was written. */
export interface Draft {
  username: string;
  executor: string;
  labels: string[];
  priority: string;
  max_fail: string;
  timeout: string;
  file_timeout: string;
  grace: string;
  plan: "" | "per_file" | "whole";
  /** Of pytest: its -k and -m, more arguments one a line, and what files share. */
  keyword: string;
  marker: string;
  args: string;
  isolation_level: "" | "group" | "run";
  /** Of any other executor: a JSON object. */
  options: string;
}

export const BLANK: Draft = {
  username: "",
  executor: "",
  labels: [],
  priority: "",
  max_fail: "",
  timeout: "",
  file_timeout: "",
  grace: "",
  plan: "",
  keyword: "",
  marker: "",
  args: "",
  isolation_level: "",
  options: "",
};

/** Sent as they are, when something is written. */
const PLAIN = ["executor", "priority", "max_fail", "timeout", "file_timeout", "grace", "plan"] as const;
const OF_PYTEST = ["keyword", "marker", "args", "isolation_level"] as const;

/** How many options are set, for when they are folded away. */
export function countSet(draft: Draft, pytest: boolean): number {
  const texts = [...PLAIN, ...(pytest ? OF_PYTEST : (["options"] as const))];
  const set = texts.filter((name) => draft[name].trim() !== "").length;
  return set + (draft.labels.length > 0 ? 1 : 0);
}

/** The fields of the multipart form, without those that say nothing. */
export function formFields(draft: Draft, pytest: boolean): [string, string][] {
  const fields: [string, string][] = [["username", draft.username]];
  for (const name of PLAIN) {
    const text = draft[name].trim();
    if (text !== "") fields.push([name, text]);
  }
  const options = pytest ? pytestOptions(draft) : draft.options.trim();
  if (options !== "") fields.push(["options", options]);
  for (const label of draft.labels) fields.push(["label", label]);
  return fields;
}

function pytestOptions(draft: Draft): string {
  const args = draft.args.split("\n").filter((line) => line.trim() !== "");
  const options = {
    ...(draft.keyword.trim() && { keyword: draft.keyword.trim() }),
    ...(draft.marker.trim() && { marker: draft.marker.trim() }),
    ...(args.length > 0 && { args }),
    ...(draft.isolation_level && { isolation_level: draft.isolation_level }),
  };
  return Object.keys(options).length > 0 ? JSON.stringify(options) : "";
}
