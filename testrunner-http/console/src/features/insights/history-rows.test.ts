import { expect, test } from "vitest";
import { historyRows } from "./history-rows";

test("says where the file was changed; the oldest run has none before it", () => {
  const run = (id: number, digest: string) => ({
    run: id,
    at: 0,
    outcome: "passed" as const,
    duration_us: 1,
    digest,
  });
  const rows = historyRows([run(4, "b"), run(3, "b"), run(2, "a"), run(2, "a")]);
  expect(rows.map(({ changed }) => changed)).toEqual([false, true, false, false]);
  expect(new Set(rows.map(({ run, place }) => `${run}-${place}`)).size).toBe(4);
});
