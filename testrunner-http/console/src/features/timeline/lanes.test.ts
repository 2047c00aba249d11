import { describe, expect, it } from "vitest";
import type { Event, EventBody } from "../../api/types";
import { nextBar, placeBars } from "./chart-places";
import { lanes, shares } from "./lanes";
import { foldSpans, NO_SPANS } from "./spans";

let seq = 0;
function event(at: number, item: number | null, body: EventBody, epoch = 1): Event {
  seq += 1;
  return { v: 1, run: 1, seq, at, item, epoch, body };
}
const taken = (at: number, item: number, worker: string, attempt = 1) =>
  event(at, item, { type: "item_started", worker, attempt }, attempt);
const done = (at: number, item: number, epoch = 1) =>
  event(at, item, { type: "item_finished", state: "passed" }, epoch);
const begun = (at: number, item: number, file: number, epoch = 1) =>
  event(at, item, { type: "file_started", file }, epoch);
const ended = (at: number, item: number, file: number, epoch = 1) =>
  event(
    at,
    item,
    { type: "file_finished", file, outcome: "passed", collected: 1, reported: 1, duration_us: 1 },
    epoch,
  );

describe("lanes", () => {
  it("puts what overlaps on different slots, and what follows on the same", () => {
    const spans = foldSpans(NO_SPANS, [
      taken(0, 1, "a"),
      taken(0, 2, "a"),
      done(50, 2),
      taken(50, 3, "a"),
      done(90, 3),
      done(100, 1),
    ]);
    const all = lanes(spans, 100);
    expect(all.map(({ items }) => items.map(({ item }) => item))).toEqual([[1], [2, 3]]);
  });

  it("keeps workers apart, the slots of each together", () => {
    const spans = foldSpans(NO_SPANS, [taken(0, 1, "a"), taken(1, 2, "b"), taken(2, 3, "a")]);
    expect(lanes(spans, 9).map(({ worker, slot }) => `${worker}${slot}`)).toEqual(["a1", "a2", "b1"]);
  });

  it("shows an attempt that was taken back, with what it had begun", () => {
    const spans = foldSpans(NO_SPANS, [
      taken(0, 1, "a"),
      begun(5, 1, 4),
      event(20, 1, { type: "item_returned", why: "worker_lost" }),
      taken(30, 1, "b", 2),
      begun(35, 1, 4, 2),
      ended(60, 1, 4, 2),
      done(61, 1, 2),
    ]);
    const [first, second] = lanes(spans, 100);
    expect(first?.files).toMatchObject([{ file: 4, from: 5, to: 20, outcome: null }]);
    expect(first?.items[0]?.returned).toBe("worker_lost");
    expect(second?.files).toMatchObject([{ file: 4, from: 35, to: 60, outcome: "passed" }]);
    expect(second?.items[0]?.attempt).toBe(2);
  });

  it("folds page by page as at once", () => {
    const events = [taken(0, 1, "a"), begun(1, 1, 4), ended(2, 1, 4), done(3, 1)];
    expect(events.reduce((spans, one) => foldSpans(spans, [one]), NO_SPANS)).toEqual(
      foldSpans(NO_SPANS, events),
    );
  });
});

describe("shares", () => {
  it("parts the time of all slots into files, what is around them, and the rest", () => {
    const spans = foldSpans(NO_SPANS, [
      taken(0, 1, "a"),
      taken(0, 2, "a"),
      begun(10, 1, 4),
      ended(60, 1, 4),
      done(70, 1),
      begun(10, 2, 5),
    ]);
    expect(shares(lanes(spans, 100), 0, 100)).toEqual({ busy: 140, around: 30, idle: 30 });
  });
});

describe("bars", () => {
  const spans = foldSpans(NO_SPANS, [
    taken(0, 1, "a"),
    taken(0, 2, "a"),
    begun(0, 1, 4),
    ended(40, 1, 4),
    begun(40, 1, 6),
    begun(35, 2, 5),
  ]);
  const bars = placeBars(lanes(spans, 100), 100);

  it("reach until now while they run", () => {
    expect(bars.map(({ file, until }) => [file, until])).toEqual([
      [4, 40],
      [6, 100],
      [5, 100],
    ]);
  });

  it("are reached by the arrows: along a slot, and to what is nearest on the next", () => {
    expect(nextBar(bars, 0, "ArrowRight")).toBe(1);
    expect(nextBar(bars, 2, "ArrowUp")).toBe(1);
    expect(nextBar(bars, 0, "ArrowDown")).toBe(2);
    expect(nextBar(bars, 2, "ArrowDown")).toBe(2);
    expect(nextBar([], 0, "ArrowDown")).toBeNull();
  });
});
