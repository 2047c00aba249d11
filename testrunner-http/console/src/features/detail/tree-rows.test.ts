import { describe, expect, it } from "vitest";
import type { CaseCounts, CaseOutcome, FileOutcome, TestDocument } from "../../api/types";
import type { ShownCase } from "./live";
import { nextRow, treeRows } from "./tree-rows";

const NONE: CaseCounts = {
  passed: 0,
  failed: 0,
  error: 0,
  skipped: 0,
  xfailed: 0,
  xpassed: 0,
  crashed: 0,
  timed_out: 0,
};
const file = (
  index: number,
  outcome: FileOutcome | null,
  counts: Partial<CaseCounts> = {},
): TestDocument => ({
  index,
  path: `test_${index}.py`,
  size: 1,
  outcome,
  counts: { ...NONE, ...counts },
});
const one = (seq: number, outcome: CaseOutcome = "passed"): ShownCase => ({
  seq,
  file: 0,
  case: `test_${seq}`,
  outcome,
  duration_us: 1,
});
const READ = { pending: false, error: null, provisional: false };

describe("treeRows", () => {
  const files = [
    file(0, "passed", { passed: 2 }),
    file(1, "failed", { failed: 1, passed: 1 }),
    file(2, "empty"),
  ];

  it("asks for no cases of files that are closed", () => {
    const rows = treeRows({
      files,
      isOpen: () => false,
      casesOf: () => {
        throw new Error("not wanted");
      },
      failuresFirst: false,
    });
    expect(rows.map(({ key }) => key)).toEqual(["f0", "f1", "f2"]);
  });

  it("puts bad files, and bad cases in them, first when that is wanted", () => {
    const rows = treeRows({
      files,
      isOpen: ({ index }) => index === 1,
      casesOf: () => ({ ...READ, cases: [one(4), one(5, "failed")] }),
      failuresFirst: true,
    });
    expect(rows.map(({ key }) => key)).toEqual(["f1", "c5", "c4", "f0", "f2"]);
  });

  it("cannot open a file without cases", () => {
    const rows = treeRows({
      files,
      isOpen: () => true,
      casesOf: () => ({ ...READ, cases: [] }),
      failuresFirst: false,
    });
    expect(rows.find(({ key }) => key === "f2")).toMatchObject({ leaf: true, open: false });
  });

  it("says what is still to be read, and reads on from there", () => {
    const more = () => {};
    const rows = treeRows({
      files: files.slice(0, 1),
      isOpen: () => true,
      casesOf: () => ({ ...READ, cases: [one(4)], more }),
      failuresFirst: false,
    });
    expect(rows.at(-1)).toMatchObject({ kind: "note", more });
    // Another line after each page: it reads on as it comes into view, and has to do so again.
    const later = treeRows({
      files: files.slice(0, 1),
      isOpen: () => true,
      casesOf: () => ({ ...READ, cases: [one(4), one(5)], more }),
      failuresFirst: false,
    });
    expect(later.at(-1)?.key).not.toBe(rows.at(-1)?.key);
  });
});

describe("nextRow", () => {
  const rows = treeRows({
    files: [file(0, "passed", { passed: 2 }), file(1, "passed", { passed: 1 })],
    isOpen: ({ index }) => index === 0,
    casesOf: () => ({ ...READ, cases: [one(4), one(5)] }),
    failuresFirst: false,
  });

  it("goes up and down and stops at the ends", () => {
    expect(nextRow(rows, 0, "ArrowDown")).toBe(1);
    expect(nextRow(rows, 0, "ArrowUp")).toBe(0);
    expect(nextRow(rows, 3, "ArrowDown")).toBe(3);
    expect(nextRow(rows, 1, "End")).toBe(3);
  });

  it("goes from a case to its file, and leaves the folding of files to others", () => {
    expect(nextRow(rows, 2, "ArrowLeft")).toBe(0);
    expect(nextRow(rows, 0, "ArrowLeft")).toBeNull();
    expect(nextRow(rows, 0, "x")).toBeNull();
  });
});
