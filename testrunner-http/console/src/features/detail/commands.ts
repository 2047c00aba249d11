import type { Testrun } from "../../api/types";

/** What can be typed instead, for who would rather. */
export function commandsFor(
  { id, finished_at }: Testrun,
  server: string,
): { what: string; command: string }[] {
  const told = `--server ${server}`;
  const ended = finished_at != null;
  return [
    { what: "Show it with what failed", command: `testrunner show ${id} ${told}` },
    {
      what: ended ? "Print its log" : "Follow its log",
      command: `testrunner logs ${id}${ended ? "" : " -f"} ${told}`,
    },
    ended
      ? { what: "Run what failed once more", command: `testrunner rerun ${id} --failed ${told}` }
      : { what: "Stop it", command: `testrunner cancel ${id} ${told}` },
  ];
}

/** Runs one case, or a file, by pytest itself. */
export function pytestCommand(path: string, name: string | null): string {
  const node = name === null ? path : `${path}::${name}`;
  return `pytest ${/^[\w./:@%+=,-]+$/.test(node) ? node : `'${node.replaceAll("'", `'\\''`)}'`}`;
}
