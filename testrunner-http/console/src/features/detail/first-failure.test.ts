import { describe, expect, it } from "vitest";
import type { CaseCounts, FileOutcome, TestDocument } from "../../api/types";
import { earliest, firstBadFile } from "./first-failure";

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

function file(index: number, outcome: FileOutcome | null, counts: Partial<CaseCounts> = {}): TestDocument {
  return { index, path: `test_${index}.py`, size: 1, outcome, counts: { ...NONE, ...counts } };
}

describe("firstBadFile", () => {
  it("is nothing where all is in order", () => {
    const files = [
      file(0, "passed", { passed: 2, xfailed: 1 }),
      file(1, "empty"),
      file(2, "not_run"),
      file(3, null),
    ];
    expect(firstBadFile(files)).toBeNull();
  });

  it("is the first in order of submission, with each kind of bad case that it has", () => {
    const files = [
      file(0, "passed", { passed: 1 }),
      file(4, "failed", { passed: 9, failed: 1, error: 2 }),
      file(5, "crashed", { crashed: 1 }),
    ];
    expect(firstBadFile(files)).toEqual({ file: 4, outcomes: ["failed", "error"] });
  });

  it("is a file without a bad case too, when the file itself is bad", () => {
    expect(firstBadFile([file(2, "crashed")])).toEqual({ file: 2, outcomes: [] });
  });
});

describe("earliest", () => {
  it("goes by the order of events", () => {
    expect(earliest([{ seq: 9 }, { seq: 4 }, { seq: 30 }])).toEqual({ seq: 4 });
    expect(earliest([])).toBeNull();
  });
});
