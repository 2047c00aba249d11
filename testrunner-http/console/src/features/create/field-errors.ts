import { ApiError } from "../../api/errors";

/** What the server said is wrong, by field of the form. */
export function fieldErrors(error: Error | null): ReadonlyMap<string, string> {
  const errors = new Map<string, string>();
  if (!(error instanceof ApiError)) return errors;
  for (const { field, detail } of error.fields) errors.set(field, detail);
  // About one field, without naming it.
  if (error.code === "subject-mismatch") errors.set("username", error.message);
  return errors;
}

const SHOWN_AT_A_FIELD = new Set([
  "username",
  "executor",
  "options",
  "label",
  "priority",
  "max_fail",
  "timeout",
  "file_timeout",
  "grace",
  "plan",
]);

/** Whether all of it is told at the fields, so that it need not be told again. */
export function isToldAtFields(errors: ReadonlyMap<string, string>): boolean {
  return errors.size > 0 && [...errors.keys()].every((field) => SHOWN_AT_A_FIELD.has(field));
}

/** Whether some of it is about what is folded away. */
export function isAboutOptions(errors: ReadonlyMap<string, string>): boolean {
  return [...errors.keys()].some((field) => field !== "username" && SHOWN_AT_A_FIELD.has(field));
}
