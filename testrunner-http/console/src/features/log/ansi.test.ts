import { expect, test } from "vitest";
import { spans } from "./ansi";
import { plain } from "./clean";
import { contrast, palette, readable } from "./colours";

const ESC = "\u001b";
const text = (line: string) =>
  spans(line)
    .map((span) => span.text)
    .join("");

/** What output may try, and what is seen of it. */
const HOSTILE: [string, string][] = [
  [`${ESC}]8;;https://evil.test${ESC}\\link${ESC}]8;;${ESC}\\`, "link"],
  [`${ESC}]8;id=1;javascript:alert(1)\u0007link${ESC}]8;;\u0007`, "link"],
  [`${ESC}]52;c;ZXZpbA==\u0007after`, "after"],
  [`${ESC}]52;c;ZXZpbA==${ESC}\\after`, "after"],
  [`${ESC}]0;title\u0007after`, "after"],
  [`${ESC}]2;title${ESC}\\after`, "after"],
  [`${ESC}]1337;File=inline=1:AAAA\u0007after`, "after"],
  [`${ESC}]777;notify;a;b\u0007after`, "after"],
  [`${ESC}]never ended`, "\\x1b]never ended"],
  [`${ESC}]one${ESC}]two`, "\\x1b]one\\x1b]two"],
  [`\u009d8;;https://evil.test\u009clink`, "link"],
  [`\u009dnever ended`, "\\x9dnever ended"],
  [`${ESC}P1$r0m${ESC}\\after`, "after"],
  [`\u0090q#0;2;0;0;0\u009cafter`, "after"],
  [`${ESC}_Gi=1;AAAA${ESC}\\after`, "after"],
  [`${ESC}^private${ESC}\\after`, "after"],
  [`${ESC}Xstring${ESC}\\after`, "after"],
  [`${ESC}[2Jafter`, "after"],
  [`${ESC}[3Jafter`, "after"],
  [`${ESC}[Hafter`, "after"],
  [`${ESC}[1;1Hafter`, "after"],
  [`before${ESC}[1Aafter`, "beforeafter"],
  [`before${ESC}[9999Dafter`, "beforeafter"],
  [`${ESC}[?1049hafter`, "after"],
  [`${ESC}[?25lafter`, "after"],
  [`${ESC}[?2004hafter`, "after"],
  [`${ESC}[6nafter`, "after"],
  [`${ESC}[cafter`, "after"],
  [`${ESC}[>cafter`, "after"],
  [`${ESC}[8;999;999tafter`, "after"],
  [`${ESC}[21tafter`, "after"],
  [`${ESC}[!pafter`, "after"],
  [`${ESC}[>4;2mafter`, "after"],
  [`${ESC}[0 qafter`, "after"],
  [`${ESC}[${"1;".repeat(45)}1mafter`, "after"],
  [`${ESC}[Kafter`, "after"],
  [`\u009b2Jafter`, "after"],
  [`\u009b31mafter`, "after"],
  [`${ESC}cafter`, "after"],
  [`${ESC}7after${ESC}8`, "after"],
  [`${ESC}(0after`, "after"],
  [`${ESC}#8after`, "after"],
  [ESC, "\\x1b"],
  [`${ESC}[`, "\\x1b["],
  [`${ESC}[31`, "\\x1b[31"],
  ["a\u0000b", "a\\x00b"],
  ["a\u0007b", "a\\x07b"],
  ["a\bb", "a\\x08b"],
  ["a\u000bb\u000cc", "a\\x0bb\\x0cc"],
  ["a\u007fb", "a\\x7fb"],
  ["a\u0085b", "a\\x85b"],
  ["a\u202egnp.exe", "a\\u202egnp.exe"],
  ["\u202dforced\u202c", "\\u202dforced\\u202c"],
  ["\u2066a\u2069\u200f\u061c", "\\u2066a\\u2069\\u200f\\u061c"],
  ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
  ["a\ud800b", "a\ufffdb"],
  ["a\udc00b", "a\ufffdb"],
  ["a😀b", "a😀b"],
  ["</script><script>alert(1)</script>", "</script><script>alert(1)</script>"],
  ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  [`${ESC}[31m<b>red</b>${ESC}[0m`, "<b>red</b>"],
  ["&lt;script&gt;", "&lt;script&gt;"],
  ["https://evil.test", "https://evil.test"],
  ["{{constructor.constructor('alert(1)')()}}", "{{constructor.constructor('alert(1)')()}}"],
  ["a\tb", "a\tb"],
];

test.each(HOSTILE)("%j is seen as %j", (line, seen) => {
  expect(text(line)).toBe(seen);
  expect(plain(line)).toBe(seen);
});

test("what would take for ever elsewhere is one walk here", () => {
  for (const line of [
    "x".repeat(1 << 20),
    `${ESC}]`.repeat(1 << 16),
    "\u009d".repeat(1 << 18),
    `${ESC}[`.repeat(1 << 16),
    "\u202e".repeat(1 << 16),
  ]) {
    expect(plain(line).length).toBeGreaterThan(0);
  }
});

test("colours and weights are kept, and nothing else", () => {
  const [plainly, loud, after] = spans(`a${ESC}[1;3;4;5;8;9;31mb${ESC}[0mc`);
  expect(plainly?.style).toBeUndefined();
  expect(loud?.style).toEqual({
    color: expect.stringMatching(/^light-dark\(rgb\([\d ]+\), rgb\([\d ]+\)\)$/),
    fontWeight: "bold",
    fontStyle: "italic",
    textDecoration: "underline",
  });
  expect(after?.style).toBeUndefined();
});

test("colours with colons, of the palette and of any value are read", () => {
  for (const codes of ["38;5;208", "38:5:208", "38;2;255;135;0", "38:2::255:135:0", "91"]) {
    expect(spans(`${ESC}[${codes}mx`)[0]?.style?.color).toMatch(/^light-dark/);
  }
  expect(spans(`${ESC}[4:3mx`)[0]?.style).toEqual({ textDecoration: "underline" });
});

test("text can be read in every colour, on paper and on every ground", () => {
  for (let index = 0; index < 256; index += 1) {
    const wanted = palette(index);
    expect(contrast(readable(wanted, [255, 255, 255], 0), [255, 255, 255])).toBeGreaterThanOrEqual(4.5);
    expect(contrast(readable(wanted, [27, 30, 38], 255), [27, 30, 38])).toBeGreaterThanOrEqual(4.5);
    const style = spans(`${ESC}[38;5;${index};48;5;${255 - index}mx`)[0]?.style;
    const [text, ground] = [style?.color, style?.backgroundColor].map(
      (css) => (css?.match(/\d+/g) ?? []).map(Number) as [number, number, number],
    );
    expect(contrast(text ?? [0, 0, 0], ground ?? [0, 0, 0])).toBeGreaterThanOrEqual(4.5);
  }
});
