import { expect, test } from "vitest";
import type { LogLine, LogPage } from "../../api/types";
import { LogReader, type LogSource } from "./log-reader";
import { MOST_CHARACTERS, MOST_LINES } from "./log-window";

const LINES = 1_000;

/** A log of pieces 1 to `count`; each has lines named by it. */
function logOf(count: number, text = (seq: number) => `piece ${seq}\n`.repeat(LINES)) {
  const offsets = [0];
  for (let seq = 1; seq <= count; seq += 1) offsets.push((offsets[seq - 1] ?? 0) + text(seq).length);
  const piece = (seq: number): LogLine => ({
    ...{ seq, at: 0, epoch: 1, file: 0, case: null, stream: "stdout", encoding: "utf-8" },
    ...{ offset: offsets[seq - 1] ?? 0, data: text(seq) },
  });
  const range = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => piece(from + at));
  const asked: string[] = [];
  const source: LogSource = {
    after: async (seq, limit): Promise<LogPage> => {
      asked.push(`after ${seq}`);
      const to = Math.min(count, seq + limit);
      return {
        chunks: range(seq + 1, to),
        next_after: to,
        end: to === count,
        next_before: seq > 0 ? seq + 1 : null,
      };
    },
    before: async (seq, limit): Promise<LogPage> => {
      asked.push(`before ${seq}`);
      const until = Math.min(seq, count + 1);
      const from = Math.max(1, until - limit);
      return {
        chunks: range(from, until - 1),
        next_after: until - 1,
        end: false,
        next_before: from > 1 ? from : null,
      };
    },
  };
  return { source, piece, asked };
}

const first = (reader: LogReader) => reader.shown.rows[0]?.seq;
const last = (reader: LogReader) => reader.shown.rows.at(-1)?.seq;

test("begins at the start, at the end, and around a line", async () => {
  const reader = new LogReader(logOf(100).source);
  await reader.open("start");
  expect([first(reader), reader.shown.atStart, reader.shown.target.index]).toEqual([1, true, 0]);
  await reader.open("end");
  expect([last(reader), reader.shown.target.index]).toEqual([100, reader.shown.rows.length - 1]);
  await reader.open({ seq: 50, line: 7 });
  const { rows, target } = reader.shown;
  expect(rows[target.index]).toMatchObject({ seq: 50, line: 7 });
  expect(target.index).toBeGreaterThan(0);
  expect(reader.shown.turn).toBe(3);
});

test("what stays keeps its number when the window grows at both ends", async () => {
  const reader = new LogReader(logOf(100).source);
  await reader.open({ seq: 50, line: 7 });
  const number = () => {
    const at = reader.shown.rows.findIndex(({ seq, line }) => seq === 50 && line === 7);
    return reader.shown.first + at;
  };
  const before = number();
  const from = first(reader) ?? 0;
  await reader.grow("before");
  expect(first(reader)).toBeLessThan(from);
  expect(number()).toBe(before);
  await reader.grow("after");
  expect(number()).toBe(before);
});

test("the window is bounded, moves over the whole log, and misses and doubles nothing", async () => {
  const reader = new LogReader(logOf(150).source);
  await reader.open("start");
  const seen = new Map<number, number>();
  let differing = 0;
  const look = () => {
    const { rows, first } = reader.shown;
    expect(rows.length).toBeLessThanOrEqual(MOST_LINES);
    rows.forEach(({ seq, line }, at) => {
      const name = seq * LINES + line;
      if ((seen.get(first + at) ?? name) !== name) differing += 1;
      seen.set(first + at, name);
    });
  };
  for (let step = 0; step < 30 && !reader.shown.atEnd; step += 1) {
    look();
    await reader.grow("after");
  }
  look();
  expect([reader.shown.atEnd, last(reader)]).toEqual([true, 150]);
  expect(reader.shown.atStart).toBe(false);
  expect(seen.size).toBe(150 * LINES);
  for (let step = 0; step < 30 && !reader.shown.atStart; step += 1) await reader.grow("before");
  look();
  expect([first(reader), reader.shown.atEnd, differing]).toEqual([1, false, 0]);
  expect(seen.size).toBe(150 * LINES);
});

test("large pieces are bounded by their characters", async () => {
  const { source } = logOf(400, () => `${"x".repeat(65_535)}\n`);
  const reader = new LogReader(source);
  await reader.open("end");
  for (let step = 0; step < 60; step += 1) await reader.grow("before");
  const held = reader.shown.rows.reduce((sum, { text }) => sum + text.length + 1, 0);
  expect(held).toBeLessThanOrEqual(MOST_CHARACTERS);
  expect(first(reader)).toBe(1);
});

test("small pieces are read until they fill a screen, also without any output between", async () => {
  const { source, asked } = logOf(1_000, (seq) => `${seq}\n`);
  const reader = new LogReader(source);
  await reader.open("end");
  expect(asked.filter((what) => what.startsWith("before")).length).toBeGreaterThan(1);
  expect([first(reader), last(reader), reader.shown.rows.length]).toEqual([1, 1_000, 1_000]);
  expect(reader.shown.target.index).toBe(999);
});

test("what is handed over is added once, also while a place is being opened", async () => {
  const { source, piece } = logOf(8);
  const reader = new LogReader(source);
  const opened = reader.open("end");
  reader.append([piece(8), { ...piece(8), seq: 9 }], 9);
  await opened;
  expect(reader.shown.rows).toHaveLength(9 * LINES);
  reader.append([{ ...piece(8), seq: 9 }], 9);
  expect(reader.shown.rows).toHaveLength(9 * LINES);
  expect([reader.shown.after, last(reader)]).toEqual([9, 9]);
});

test("a place that is held is gone to without asking", async () => {
  const { source, asked } = logOf(10);
  const reader = new LogReader(source);
  await reader.open("start");
  const before = asked.length;
  expect(await reader.open({ seq: 3, line: 2 })).toBe(true);
  expect(asked).toHaveLength(before);
  expect(reader.shown.rows[reader.shown.target.index]).toMatchObject({ seq: 3, line: 2 });
});

test("of two places the last one counts", async () => {
  const reader = new LogReader(logOf(100).source);
  const [early, late] = await Promise.all([reader.open("start"), reader.open("end")]);
  expect([early, late, last(reader)]).toEqual([false, true, 100]);
});

test("a failure is told, what is listed stays, and it can be tried again", async () => {
  const { source } = logOf(100);
  let broken = false;
  const check = <T>(answer: Promise<T>) => (broken ? Promise.reject(new Error("no answer")) : answer);
  const reader = new LogReader({
    after: (seq, limit) => check(source.after(seq, limit)),
    before: (seq, limit) => check(source.before(seq, limit)),
  });
  await reader.open("start");
  const listed = reader.shown.rows.length;
  broken = true;
  await reader.grow("after");
  expect([reader.shown.error?.message, reader.shown.rows.length]).toEqual(["no answer", listed]);
  broken = false;
  reader.retry();
  await reader.grow("after");
  expect(reader.shown.error).toBeNull();
  expect(reader.shown.rows.length).toBeGreaterThan(listed);
});

test("a log without output asks for nothing again and again", async () => {
  const { source, asked } = logOf(0);
  const reader = new LogReader({
    ...source,
    after: async (seq, limit) => ({ ...(await source.after(seq, limit)), end: false }),
  });
  await reader.open("start");
  let told = 0;
  reader.subscribe(() => {
    told += 1;
  });
  await reader.grow("after");
  expect([told, asked.length, reader.shown.rows.length]).toEqual([0, 2, 0]);
});
