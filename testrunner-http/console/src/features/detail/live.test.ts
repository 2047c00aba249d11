import { describe, expect, it } from "vitest";
import type { Event, EventBody } from "../../api/types";
import { firstLiveFailure } from "./first-failure";
import { foldLive, NOTHING_LIVE } from "./live";

let seq = 0;
function event(body: EventBody, item: number | null = 7, epoch = 1): Event {
  seq += 1;
  return { v: 1, run: 1, seq, at: seq * 1_000, item, epoch, body };
}
const one = (file: number, name: string, outcome: "passed" | "failed" = "passed") =>
  event({ type: "case", file, case: name, outcome, duration_us: 5 });
const finished = (file: number) =>
  event({ type: "file_finished", file, outcome: "passed", collected: 1, reported: 1, duration_us: 9 });

describe("foldLive", () => {
  it("gathers the cases of files that run, and which case runs now", () => {
    const live = foldLive(NOTHING_LIVE, [
      event({ type: "file_started", file: 3 }),
      one(3, "test_a"),
      event({ type: "case_started", file: 3, case: "test_b" }),
    ]);
    expect(live.files.get(3)?.cases.map((each) => each.case)).toEqual(["test_a"]);
    expect(live.files.get(3)?.now).toBe("test_b");
  });

  it("gives the same in one page and in many", () => {
    const events = [event({ type: "file_started", file: 3 }), one(3, "a"), one(3, "b"), one(4, "c")];
    const paged = events.reduce((live, each) => foldLive(live, [each]), NOTHING_LIVE);
    expect(paged).toEqual(foldLive(NOTHING_LIVE, events));
  });

  it("does not change what was handed out before", () => {
    const before = foldLive(NOTHING_LIVE, [one(3, "a")]);
    foldLive(before, [one(3, "b"), finished(3)]);
    expect(before.files.get(3)?.cases).toHaveLength(1);
  });

  it("knows of a file that began before the first event that was read", () => {
    const live = foldLive(NOTHING_LIVE, [
      event({ type: "log", file: 5, stream: "stdout", offset: 0, encoding: "utf-8", data: "x" }),
    ]);
    expect([...live.files.keys()]).toEqual([5]);
  });

  it("forgets a file that ended: its cases are the server's to tell", () => {
    expect(foldLive(NOTHING_LIVE, [one(3, "a"), finished(3)]).files.size).toBe(0);
  });

  it("takes back what an item recorded that went back to the queue", () => {
    const live = foldLive(NOTHING_LIVE, [
      one(3, "a"),
      event({ type: "item_returned", why: "worker_lost" }),
      event({ type: "item_started", worker: "w", attempt: 2 }, 7, 2),
      event({ type: "file_started", file: 3 }, 7, 2),
    ]);
    expect(live.files.get(3)?.cases).toEqual([]);
    expect(live.attempts.get(7)).toBe(2);
  });

  it("has nothing running once the Testrun has ended", () => {
    const end = event({ type: "run_status", from: "RUNNING", to: "FAILED", reason: "cancelled" }, null);
    expect(foldLive(NOTHING_LIVE, [one(3, "a"), end]).files.size).toBe(0);
  });

  it("finds the first failure while it runs", () => {
    const live = foldLive(NOTHING_LIVE, [one(4, "ok"), one(4, "bad", "failed"), one(3, "later", "failed")]);
    expect(firstLiveFailure(live)?.case).toBe("bad");
  });
});
