import type { Testrun } from "../api/types";

/** Whether the console hears of changes. */
export type Connection = "connecting" | "live" | "lost";

/** What the stream of all Testruns tells. */
export type Change =
  | { type: "testrun"; testrun: Testrun }
  | { type: "deleted"; id: number }
  /** Changes were missed: all that was read is to be read anew. */
  | { type: "reset" };

/** What tabs tell each other. */
export type Message =
  | { kind: "change"; change: Change; position: number }
  | { kind: "connection"; connection: Connection }
  /** A tab says what it watches; an empty list when it leaves. */
  | { kind: "watch"; tab: string; ids: number[] }
  /** A tab is new, or the stream has a new holder: say where you are. */
  | { kind: "hello" };
