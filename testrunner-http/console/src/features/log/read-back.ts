import type { LogPage } from "../../api/types";

/** Characters that fill a screen, and pieces to read when a few had less: they are small. */
const SCREEN = 16 << 10;
const SMALL_PIECES = 250;

/** A page backwards that fills a screen, if there is so much. Where to go on is `next_before`, or what `next` says. */
export async function readBack(
  read: (before: number, limit: number) => Promise<LogPage>,
  before: number,
  limit: number,
  next: (page: LogPage) => number | null | undefined = (page) => page.next_before,
): Promise<LogPage> {
  let page = await read(before, limit);
  for (;;) {
    const place = next(page);
    if (typeof place !== "number" || sizeOf(page) >= SCREEN) return page;
    const more = await read(place, SMALL_PIECES);
    page = { ...page, chunks: [...more.chunks, ...page.chunks], next_before: more.next_before };
  }
}

function sizeOf({ chunks }: LogPage): number {
  return chunks.reduce((sum, { data }) => sum + data.length, 0);
}
