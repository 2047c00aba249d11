import { config } from "../../config";

const NAME = `testrunner${config.prefix}.username`;

/** Who submitted last in this browser. */
export function lastUsername(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null; // Storage is switched off: nothing is remembered.
  }
}

export function rememberUsername(username: string): void {
  try {
    localStorage.setItem(NAME, username);
  } catch {
    // As above: the field is filled by the session's name next time.
  }
}
