import { expect, it } from "vitest";
import { ticks, tickText } from "./axis";

it("marks round moments, never too many", () => {
  expect(ticks(43e6, 6)).toEqual([0, 10e6, 20e6, 30e6, 40e6]);
  for (const length of [1, 500, 1e6, 59e6, 3_600e6, 1e12, 1e15]) {
    expect(ticks(length, 8).length).toBeLessThanOrEqual(10);
  }
});

it("names them shortly", () => {
  expect([0, 20_000, 1.5e6, 120e6, 75e6, 7_200e6, 5_400e6].map(tickText)).toEqual([
    "0",
    "0.02 s",
    "1.5 s",
    "2 min",
    "1:15 min",
    "2 h",
    "1:30 h",
  ]);
});
