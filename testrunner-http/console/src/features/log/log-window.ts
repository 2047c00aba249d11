import type { LogPage } from "../../api/types";
import { type Chunk, readChunk } from "./chunk";

/** The stretch of a log that is held in memory. */
export interface LogWindow {
  chunks: Chunk[];
  /** Where to go on backwards; `null` at the start of the log. */
  before: number | null;
  /** Where to go on forwards. */
  after: number;
  /** Nothing comes after it any more. */
  end: boolean;
}

export const MOST_CHARACTERS = 8 << 20;
export const MOST_LINES = 40_000;

export const EMPTY: LogWindow = { chunks: [], before: null, after: 0, end: false };

/** The stretch that a page after an event shows, with what came before it if that is known. */
export function windowOf(after: LogPage, before?: LogPage): LogWindow {
  const chunks = [...(before?.chunks ?? []), ...after.chunks].map(readChunk);
  const start = before ? (before.next_before ?? null) : (after.next_before ?? null);
  const window = { chunks, before: start, after: after.next_after, end: after.end };
  // The place that was asked for is where the pages meet.
  const middle = before?.chunks.length ?? 0;
  const late = withoutStart(window, middle - 1);
  return withoutEnd(late, middle - (chunks.length - late.chunks.length) + 1);
}

/** With a page that follows it; when it becomes too large, its start is let go. */
export function withAfter(
  window: LogWindow,
  page: Pick<LogPage, "chunks" | "next_after" | "end">,
): LogWindow {
  const news = page.chunks.filter(({ seq }) => seq > window.after).map(readChunk);
  const after = Math.max(window.after, page.next_after);
  const chunks = [...window.chunks, ...news];
  return withoutStart({ ...window, chunks, after, end: page.end }, window.chunks.length - 1);
}

/** With a page that precedes it; when it becomes too large, its end is let go. */
export function withBefore(window: LogWindow, page: LogPage): LogWindow {
  const chunks = [...page.chunks.map(readChunk), ...window.chunks];
  return withoutEnd({ ...window, chunks, before: page.next_before ?? null }, page.chunks.length + 1);
}

/** Lets go what is too much at the start, but nothing from a piece on: that may be in sight. */
function withoutStart(window: LogWindow, keep: number): LogWindow {
  const { chunks } = window;
  const used = new Use(chunks);
  let from = 0;
  while (from < keep && used.isTooMuch()) used.remove(chunks[from++]);
  if (from === 0) return window;
  return { ...window, chunks: chunks.slice(from), before: chunks[from]?.seq ?? window.before };
}

/** The same at the end: nothing before a piece is let go. */
function withoutEnd(window: LogWindow, keep: number): LogWindow {
  const { chunks } = window;
  const used = new Use(chunks);
  let to = chunks.length;
  while (to > keep && used.isTooMuch()) used.remove(chunks[--to]);
  if (to === chunks.length) return window;
  return { ...window, chunks: chunks.slice(0, to), after: chunks[to - 1]?.seq ?? window.after, end: false };
}

/** What pieces take. */
class Use {
  characters = 0;
  lines = 0;

  constructor(chunks: Chunk[]) {
    for (const chunk of chunks) {
      this.characters += chunk.size;
      this.lines += chunk.lines.length;
    }
  }

  isTooMuch(): boolean {
    return this.characters > MOST_CHARACTERS || this.lines > MOST_LINES;
  }

  remove(chunk: Chunk | undefined): void {
    this.characters -= chunk?.size ?? 0;
    this.lines -= chunk?.lines.length ?? 0;
  }
}
