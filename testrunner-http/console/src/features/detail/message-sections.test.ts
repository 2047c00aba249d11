import { describe, expect, it } from "vitest";
import { sections } from "./message-sections";

const DIFF = `    def test_row():
>       assert [] == ["row"]
E       AssertionError: assert [] == ['row']
E         
E         - ['row']
E         + []
E         ? ^

outcomes/test_row.py:17: AssertionError`;

describe("sections", () => {
  it("puts the assertion first, without its margin", () => {
    const [first, second] = sections(DIFF);
    expect(first?.kind).toBe("assertion");
    expect(first?.lines.map(({ text }) => text)).toEqual([
      "AssertionError: assert [] == ['row']",
      "  ",
      "  - ['row']",
      "  + []",
      "  ? ^",
    ]);
    expect(first?.lines.map(({ kind }) => kind)).toEqual(["error", "error", "minus", "plus", "hint"]);
    expect(second?.kind).toBe("traceback");
    expect(second?.lines.map(({ kind }) => kind)).toEqual([
      "plain",
      "here",
      "error",
      "error",
      "minus",
      "plus",
      "hint",
      "plain",
      "place",
    ]);
  });

  it("keeps two failures of one case apart", () => {
    const [first] = sections("E   one\n\nthe teardown failed too:\nE       two");
    expect(first?.lines.map(({ text }) => text)).toEqual(["one", "", "two"]);
  });

  it("finds the exception under Python's own traceback", () => {
    const [first, second] = sections(
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: no\nmore of it',
    );
    expect(first?.lines.map(({ text }) => text)).toEqual(["ValueError: no", "more of it"]);
    expect(second?.kind).toBe("traceback");
  });

  it("leaves words as they are", () => {
    expect(sections("needs a printer\n")).toEqual([
      { kind: "words", lines: [{ kind: "plain", text: "needs a printer" }] },
    ]);
    expect(sections("Equals: E is a letter")[0]?.kind).toBe("words");
  });

  it("takes lines of any length and number", () => {
    const long = `E   ${"x".repeat(1_000_000)}\n${"> \n".repeat(50_000)}`;
    expect(sections(long)[0]?.lines).toHaveLength(1);
    expect(sections("E   x\n".repeat(300_000))[0]?.lines).toHaveLength(300_000);
  });
});
