import { expect, test } from "vitest";
import { readFilter, whose, writeFilter } from "./filter";

test("an address without a filter has the usual one, and the other way round", () => {
  const usual = readFilter(new URLSearchParams());
  expect(usual).toEqual({ days: 30, runs: 50, username: "", label: "" });
  expect(writeFilter(new URLSearchParams("days=7"), usual).toString()).toBe("");
  expect(whose(usual)).toEqual({});
});

test("what is written is read, and what else is there stays", () => {
  const filter = { days: 7, runs: 500, username: "ada & bob", label: "branch=main" };
  const params = writeFilter(new URLSearchParams("case=test_a"), filter);
  expect(readFilter(params)).toEqual(filter);
  expect(params.get("case")).toBe("test_a");
  expect(whose(filter)).toEqual({ username: "ada & bob", label: ["branch=main"] });
});

test.each(["days=0", "days=-1", "days=x", "runs=1e9", "days=8"])("%s is as if it was not there", (text) => {
  expect(readFilter(new URLSearchParams(text))).toMatchObject({ days: 30, runs: 50 });
});
