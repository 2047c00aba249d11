import { expect, test } from "vitest";
import { windowWords } from "./window-words";

test("what was looked at, and what was not", () => {
  const from = Date.UTC(2026, 10, 22, 12) * 1_000;
  const date = new Date(from / 1_000).toLocaleDateString();
  expect(windowWords({ runs: 50, from, truncated: true })).toBe(
    `From the last 50 Testruns that ended, the oldest from ${date}; older ones were left out.`,
  );
  expect(windowWords({ runs: 3, from, truncated: false })).toContain("From all 3 Testruns that ended");
  expect(windowWords({ runs: 1, truncated: false })).toBe("From the 1 Testrun that ended.");
  expect(windowWords({ runs: 0, truncated: false })).toContain("No Testrun");
});
