import { expect, test } from "vitest";
import type { LogLine } from "../../api/types";
import { readChunk } from "./chunk";
import { findRow, toRows } from "./rows";

const encoder = new TextEncoder();

/** Pieces of one output, one after the other. */
function pieces(texts: string[], change: (at: number) => Partial<LogLine> = () => ({})) {
  let offset = 0;
  return texts.map((data, at) => {
    const line: LogLine = {
      ...{ seq: (at + 1) * 10, at: 0, epoch: 1, file: 0, case: null, stream: "stdout" },
      ...{ offset, encoding: "utf-8", data },
      ...change(at),
    };
    if (line.offset === offset) offset += encoder.encode(data).length;
    return readChunk(line);
  });
}

const texts = (chunks: ReturnType<typeof pieces>) => toRows(chunks).map(({ text }) => text);

test("a piece is cut at the ends of lines, and an end is no line", () => {
  expect(texts(pieces(["one\ntwo\n"]))).toEqual(["one", "two"]);
  expect(texts(pieces(["one\n\n\ntwo"]))).toEqual(["one", "", "", "two"]);
  expect(texts(pieces(["\n"]))).toEqual([""]);
});

test("a line that goes on in later pieces is one line under its first name", () => {
  const rows = toRows(pieces(["a\nbe", "gi", "n\nc\n"]));
  expect(rows.map(({ seq, line, text }) => [seq, line, text])).toEqual([
    [10, 0, "a"],
    [10, 1, "begin"],
    [30, 1, "c"],
  ]);
});

test("characters of several bytes do not break a line that goes on", () => {
  expect(texts(pieces(["é€😀", "…\nnext\n"]))).toEqual(["é€😀…", "next"]);
});

test("a line goes on although another output came in between", () => {
  const chunks = pieces(["be", "gin\n"]);
  const other = pieces(["err\n"], () => ({ stream: "stderr", seq: 15 }));
  const [first, second] = chunks;
  if (!first || !second) throw new Error("two pieces");
  expect(texts([first, ...other, second])).toEqual(["begin", "err"]);
});

test("another case, file, attempt or a gap begins a line", () => {
  expect(texts(pieces(["a", "b"], (at) => ({ case: `case ${at}` })))).toEqual(["a", "b"]);
  expect(texts(pieces(["a", "b"], (at) => ({ file: at })))).toEqual(["a", "b"]);
  expect(texts(pieces(["a", "b"], (at) => ({ epoch: at })))).toEqual(["a", "b"]);
  const gap = toRows(pieces(["a", "b"], (at) => (at === 1 ? { offset: 101 } : {})));
  expect(gap.map(({ text, missing }) => [text, missing])).toEqual([
    ["a", 0],
    ["b", 100],
  ]);
});

test("what begins is told on the first line of a file, a case or an attempt only", () => {
  const rows = toRows(
    pieces(["a\nb\n", "c\n", "d\n"], (at) => ({ case: at < 2 ? "one" : "two", superseded: false })),
  );
  expect(rows.map(({ heads }) => heads)).toEqual([true, false, false, true]);
});

test("bytes that are no text are read as far as they are", () => {
  const bytes = readChunk({
    ...{ seq: 1, at: 0, epoch: 1, file: 0, case: null, stream: "stdout", offset: 0 },
    ...{ encoding: "base64", data: btoa("ok \xff\xfe\n\xc3\xa9") },
  });
  expect(bytes.lines).toEqual(["ok \ufffd\ufffd", "é"]);
  expect(bytes.to).toBe(8);
});

test("a line is found by its name, else the one before it", () => {
  const rows = toRows(pieces(["a\nbe", "gin\nc\n", "d\n"]));
  const found = (seq: number, line: number) => rows[findRow(rows, seq, line)]?.text;
  expect(found(10, 1)).toBe("begin");
  expect(found(20, 0)).toBe("begin");
  expect(found(20, 1)).toBe("c");
  expect(found(25, 0)).toBe("c");
  expect(found(1, 0)).toBe("a");
  expect(found(99, 0)).toBe("d");
  expect(findRow([], 1, 0)).toBe(0);
});
