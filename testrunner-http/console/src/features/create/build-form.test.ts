import { expect, test } from "vitest";
import { buildForm } from "./build-form";
import { add, NOTHING } from "./chosen";
import { BLANK, countSet } from "./draft";

const FILES = add(NOTHING, [
  { path: "pkg/test_a.py", file: new File(["a"], "test_a.py") },
  { path: "data.txt", file: new File(["b"], "data.txt") },
]).choice;

function texts(form: FormData): [string, string][] {
  return [...form.entries()].map(([name, value]) => [name, typeof value === "string" ? value : value.name]);
}

test("a blank draft says who asks and nothing else, before the files", () => {
  expect(texts(buildForm({ ...BLANK, username: "ada" }, true, FILES))).toEqual([
    ["username", "ada"],
    ["files", "data.txt"],
    ["files", "pkg/test_a.py"],
  ]);
  expect(countSet({ ...BLANK, username: "ada" }, true)).toBe(0);
});

test("what is set is sent under the names of the API", () => {
  const draft = {
    ...BLANK,
    username: "ada",
    executor: " pytest ",
    labels: ["branch=main", "nightly"],
    priority: "-3",
    max_fail: "1",
    timeout: "3600",
    file_timeout: "60",
    grace: "5",
    plan: "whole" as const,
    keyword: "a and not b",
    marker: "slow",
    args: "--tb=short\n\n-p\nno:cacheprovider",
    isolation_level: "run" as const,
  };
  const fields = texts(buildForm(draft, true, NOTHING));
  expect(fields).toContainEqual(["executor", "pytest"]);
  expect(fields.filter(([name]) => name === "label")).toEqual([
    ["label", "branch=main"],
    ["label", "nightly"],
  ]);
  expect(Object.fromEntries(fields)).toMatchObject({
    priority: "-3",
    max_fail: "1",
    timeout: "3600",
    file_timeout: "60",
    grace: "5",
    plan: "whole",
  });
  const options = fields.find(([name]) => name === "options")?.[1] ?? "";
  expect(JSON.parse(options)).toEqual({
    keyword: "a and not b",
    marker: "slow",
    args: ["--tb=short", "-p", "no:cacheprovider"],
    isolation_level: "run",
  });
  expect(countSet(draft, true)).toBe(12);
});

test("another executor gets its own options, none of pytest's", () => {
  const draft = { ...BLANK, username: "ada", executor: "shell", keyword: "left over", options: ' {"a":1} ' };
  const fields = texts(buildForm(draft, false, NOTHING));
  expect(fields).toContainEqual(["options", '{"a":1}']);
  expect(JSON.stringify(fields)).not.toContain("left over");
});

test("an archive is a part of its own", () => {
  const choice = add(NOTHING, [{ path: "a.tar.gz", file: new File([""], "a.tar.gz") }]).choice;
  expect(texts(buildForm({ ...BLANK, username: "ada" }, true, choice))).toEqual([
    ["username", "ada"],
    ["archive", "a.tar.gz"],
  ]);
});
