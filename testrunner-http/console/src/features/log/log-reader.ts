import type { LogLine, LogPage } from "../../api/types";
import { EMPTY, type LogWindow, windowOf, withAfter, withBefore } from "./log-window";
import { readBack } from "./read-back";
import { findRow, type Row, toRows } from "./rows";

/** Where pages come from. */
export interface LogSource {
  after: (seq: number, limit: number) => Promise<LogPage>;
  before: (seq: number, limit: number) => Promise<LogPage>;
}

export interface Line {
  seq: number;
  line: number;
}
export type Place = "start" | "end" | Line;

/** What is listed. */
export interface Shown {
  rows: Row[];
  /** Number of the first row: a row keeps its number when others come before it or go. */
  first: number;
  /** Counts how often another place was gone to. */
  turn: number;
  /** Where the list begins at that place. */
  target: { index: number; align: "start" | "center" | "end" };
  /** The first page of a place is being read. */
  loading: boolean;
  error: Error | null;
  atStart: boolean;
  atEnd: boolean;
  /** All up to this event is listed, from the place on. */
  after: number;
}

/** Which line is meant, when that can be told only once the lines are there. */
type Choose = (rows: Row[]) => Line | null;

/** Rows may come before the first one without end. */
const FIRST = 100_000_000;
/** Pieces of the first page: enough for a screen, little enough to be quick. A piece has 64 KiB at the most. */
const FIRST_PIECES = 8;
const MOST_PIECES = 1_000;
/** About so much a further page should have. */
const PAGE_CHARACTERS = 768 << 10;
const PAGE_LINES = 8_000;

/** Reads a log around a place, and holds a bounded stretch of it. */
export class LogReader {
  readonly #source: LogSource;
  readonly #listeners = new Set<() => void>();
  readonly #growing = new Set<"before" | "after">();
  #window: LogWindow = EMPTY;
  #place: Place = "start";
  /** Pieces that came while a place was being opened. */
  #waiting: { lines: LogLine[]; upTo: number }[] = [];
  #asked = 0;
  /** The last place could not be opened. */
  #failed = false;
  shown: Shown = {
    rows: [],
    first: FIRST,
    turn: 0,
    target: { index: 0, align: "start" },
    loading: true,
    error: null,
    atStart: true,
    atEnd: false,
    after: 0,
  };

  constructor(source: LogSource) {
    this.#source = source;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): Shown => this.shown;

  /** Goes to a place; what is listed stays until its lines are there. Whether it got there. */
  async open(place: Place, choose: Choose = () => null): Promise<boolean> {
    this.#asked += 1;
    const asked = this.#asked;
    this.#place = place;
    if (typeof place === "object" && this.#holds(place)) {
      this.#begin(this.#window, this.shown.rows, choose);
      return true;
    }
    this.#failed = false;
    this.#set({ loading: true, error: null });
    try {
      const window = await this.#read(place);
      if (asked !== this.#asked) return false;
      this.#begin(window, toRows(window.chunks), choose);
      for (const { lines, upTo } of this.#waiting.splice(0)) this.append(lines, upTo);
      return true;
    } catch (error) {
      if (asked !== this.#asked) return false;
      this.#failed = true;
      this.#set({ loading: false, error: error as Error });
      return false;
    }
  }

  /** Does once more what failed. */
  retry = (): void => {
    if (this.#failed) void this.open(this.#place);
    else this.#set({ error: null });
  };

  /** Reads on at one end. */
  async grow(side: "before" | "after"): Promise<void> {
    if (this.shown.loading || this.shown.error || this.#growing.has(side)) return;
    const asked = this.#asked;
    this.#growing.add(side);
    try {
      const { before, after } = this.#window;
      if (side === "before" && before !== null) {
        const page = await this.#source.before(before, this.#pieces());
        if (asked === this.#asked) this.#goOn(withBefore(this.#window, page));
      }
      if (side === "after" && !this.#window.end) {
        const page = await this.#source.after(after, this.#pieces());
        const news = page.next_after > after || page.end;
        if (asked === this.#asked && news) this.#goOn(withAfter(this.#window, page));
      }
    } catch (error) {
      if (asked === this.#asked) this.#set({ error: error as Error });
    } finally {
      this.#growing.delete(side);
    }
  }

  /** Adds pieces at the end that were not asked for. */
  append(lines: LogLine[], upTo: number): void {
    if (this.shown.loading) this.#waiting.push({ lines, upTo });
    else if (upTo > this.#window.after) {
      this.#goOn(withAfter(this.#window, { chunks: lines, next_after: upTo, end: false }));
    }
  }

  #holds({ seq }: Line): boolean {
    const { chunks, before, after } = this.#window;
    const from = before === null ? 0 : (chunks[0]?.seq ?? Number.POSITIVE_INFINITY);
    return chunks.length > 0 && !this.shown.loading && seq >= from && seq <= after;
  }

  async #read(place: Place): Promise<LogWindow> {
    if (place === "start") return windowOf(await this.#source.after(0, FIRST_PIECES));
    if (place === "end") {
      const page = await readBack(this.#source.before, Number.MAX_SAFE_INTEGER, FIRST_PIECES);
      return windowOf({ ...page, chunks: [] }, page);
    }
    const [before, after] = await Promise.all([
      // A list cannot make room above what does not fill it.
      readBack(this.#source.before, Math.max(1, place.seq), FIRST_PIECES / 2),
      this.#source.after(Math.max(0, place.seq - 1), FIRST_PIECES / 2),
    ]);
    return windowOf(after, before);
  }

  /** Lists a window from a place on. */
  #begin(window: LogWindow, rows: Row[], choose: Choose): void {
    const target = targetOf(rows, choose(rows) ?? this.#place);
    this.#show(window, rows, FIRST, { turn: this.shown.turn + 1, target });
  }

  /** Lists a window that goes on from the one before. */
  #goOn(window: LogWindow): void {
    const rows = toRows(window.chunks);
    this.#show(window, rows, this.shown.first - added(this.shown.rows, rows));
  }

  #show(window: LogWindow, rows: Row[], first: number, more: Partial<Shown> = {}): void {
    this.#window = window;
    this.#set({
      ...more,
      rows,
      first,
      loading: false,
      error: null,
      atStart: window.before === null,
      atEnd: window.end,
      after: window.after,
    });
  }

  #set(change: Partial<Shown>): void {
    this.shown = { ...this.shown, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** How many pieces a page should have, by the size of those that are known. */
  #pieces(): number {
    const { chunks } = this.#window;
    if (chunks.length === 0) return FIRST_PIECES;
    const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0) / chunks.length;
    const lines = chunks.reduce((sum, chunk) => sum + chunk.lines.length, 0) / chunks.length;
    const fit = Math.min(PAGE_CHARACTERS / Math.max(1, size), PAGE_LINES / Math.max(1, lines), MOST_PIECES);
    return Math.max(1, Math.round(fit));
  }
}

function targetOf(rows: Row[], place: Place): Shown["target"] {
  if (place === "start") return { index: 0, align: "start" };
  if (place === "end") return { index: Math.max(0, rows.length - 1), align: "end" };
  return { index: findRow(rows, place.seq, place.line), align: "center" };
}

/** How many rows came before the first one of those that were there; below zero when some of those went. */
function added(old: Row[], rows: Row[]): number {
  // A row at the border of two pages may become a part of the one before it, so others are tried.
  for (const at of [old.length - 1, 1, 0, old.length >> 1]) {
    const row = old[at];
    if (!row) continue;
    const now = findRow(rows, row.seq, row.line);
    if (rows[now]?.seq === row.seq && rows[now]?.line === row.line) return now - at;
  }
  return 0;
}
