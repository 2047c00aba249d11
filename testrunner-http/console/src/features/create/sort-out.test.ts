import { expect, test } from "vitest";
import type { Selection } from "../../api/types";
import { add, NOTHING } from "./chosen";
import { sortOut } from "./sort-out";

const LIMITS = { file_bytes: 4, total_bytes: 9, files: 4, log_bytes: 1, file_timeout_us: 1, grace_us: 1 };
const SELECTION: Selection = {
  executor: "pytest",
  tests: ["test_a.py"],
  support: ["conftest.py"],
  refused: [{ path: "-x.py", detail: "a segment begins with '-'" }],
  limits: LIMITS,
};

function choice(files: Record<string, string>) {
  const more = Object.entries(files).map(([path, text]) => ({ path, file: new File([text], path) }));
  return add(NOTHING, more).choice;
}

test("by what the server would do, the refused first", () => {
  const sorted = sortOut(
    choice({ "test_a.py": "", "conftest.py": "", "-x.py": "", "new.py": "" }),
    SELECTION,
  );
  expect(sorted.groups.map(({ role, files }) => [role, files[0]?.path])).toEqual([
    ["refused", "-x.py"],
    ["test", "test_a.py"],
    ["support", "conftest.py"],
    ["unknown", "new.py"],
  ]);
  expect(sorted.refusals.get("-x.py")).toBe("a segment begins with '-'");
  expect(sorted.troubles).toEqual([]);
});

test("without the server's word nothing is told apart or refused", () => {
  const sorted = sortOut(choice({ "test_a.py": "much too large" }), null);
  expect(sorted.groups.map(({ role }) => role)).toEqual(["unknown"]);
  expect([...sorted.refusals, ...sorted.troubles]).toEqual([]);
});

test("limits: one file, all files, their number", () => {
  expect(sortOut(choice({ "test_a.py": "12345" }), SELECTION).refusals.get("test_a.py")).toBe(
    "It has 5 bytes; at most 4 bytes are allowed.",
  );
  expect(sortOut(choice({ a: "1234", b: "1234", c: "12" }), SELECTION).troubles).toEqual([
    "Together the files have 10 bytes; at most 9 bytes are allowed.",
  ]);
  expect(sortOut(choice({ a: "", b: "", c: "", d: "", e: "" }), SELECTION).troubles).toEqual([
    "5 files are more than the 4 allowed.",
  ]);
});
