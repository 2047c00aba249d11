import { expect, test } from "vitest";
import { dayLine, passedInWords, percent } from "./day-line";

function day(date: string, success = 1, failed = 0, other = 0) {
  return { date, success, failed, other };
}

test("days without Testruns have their place", () => {
  const line = dayLine([day("2026-02-27"), day("2026-03-02")]);
  expect(line.map(({ date, success }) => [date, success])).toEqual([
    ["2026-02-27", 1],
    ["2026-02-28", 0],
    ["2026-03-01", 0],
    ["2026-03-02", 1],
  ]);
  expect(line[1]?.pass_rate).toBeUndefined();
  expect(dayLine([])).toEqual([]);
});

test("rounding never makes all or nothing of what is not", () => {
  expect([0, 0.001, 0.5, 0.999, 1].map(percent)).toEqual(["0 %", "under 1 %", "50 %", "over 99 %", "100 %"]);
});

test("in words", () => {
  expect(passedInWords([day("2026-01-01", 3, 1), day("2026-01-02", 5, 1)])).toBe(
    "8 of 10 Testruns passed (80 %).",
  );
  expect(passedInWords([day("2026-01-01", 1, 0, 2)])).toBe(
    "1 of 1 Testruns passed (100 %); 2 ended for other reasons and do not count.",
  );
  expect(passedInWords([day("2026-01-01", 0, 0, 1)])).toContain("No Testrun was judged");
});
