import { expect, test } from "vitest";
import { spans } from "./ansi";
import { lastState, piecesOf } from "./line-view";
import { mark, matcher } from "./match";

test.each([
  ["10%\r50%\r100%", "100%"],
  ["10%\r100%\r", "100%"],
  ["text\r", "text"],
  ["text\r\r\r", "text"],
  ["\r", ""],
  ["\r\r", ""],
  ["\rtext", "text"],
  ["", ""],
  ["plain", "plain"],
])("of %j is left %j", (line, left) => {
  expect(lastState(line)).toBe(left);
});

test("a long line is cut into pieces that make it up again", () => {
  const line = "0123456789".repeat(100_000);
  const pieces = piecesOf(line, 0, line.length);
  expect(pieces.join("")).toBe(line);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(16 << 10);
  expect(piecesOf(line, 1_000, 5_096).join("")).toBe(line.slice(1_000, 5_096));
  expect(piecesOf("short", 0, 4_096)).toEqual(["short"]);
  expect(piecesOf("", 0, 4_096)).toEqual([]);
});

test("a cut is not within a character or a style", () => {
  const faces = "😀".repeat(20_000);
  for (const piece of piecesOf(`x${faces}`, 0, 30_001)) expect(piece).not.toMatch(/\p{Surrogate}/u);
  const red = `${"x".repeat(4_094)}\u001b[31mred`;
  expect(piecesOf(red, 0, 4_096).join("")).toBe("x".repeat(4_094));
  expect(piecesOf("\u001b".repeat(40_000), 0, 40_000).join("")).toHaveLength(40_000);
});

test("what is looked for is marked over the borders of styles, in upper and lower case", () => {
  const parts = mark(spans("a \u001b[31mFAI\u001b[0mled b failed"), matcher("Failed"));
  expect(parts.map(({ text, found }) => [text, found])).toEqual([
    ["a ", false],
    ["FAI", true],
    ["led", true],
    [" b ", false],
    ["failed", true],
  ]);
});

test("what is looked for is text, whatever is in it", () => {
  const found = (line: string, text: string) =>
    mark(spans(line), matcher(text))
      .filter((part) => part.found)
      .map((part) => part.text);
  expect(found("a.b a+b (x)", ".")).toEqual(["."]);
  expect(found("[a-z]*$^|\\/{}", "[a-z]*$^|\\/{}")).toEqual(["[a-z]*$^|\\/{}"]);
  expect(found("aaa", "a")).toEqual(["a", "a", "a"]);
  expect(matcher("")).toBeNull();
});
