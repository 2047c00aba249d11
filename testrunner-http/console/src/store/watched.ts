/** A tab that has not spoken for so long is gone; timers of hidden tabs run once a minute. */
const GONE_MS = 150_000;
/** The server takes no more in one stream. */
const MOST = 16;

/** Which Testruns' progress is wanted, by which tab. */
export class Watched {
  readonly #tabs = new Map<string, { ids: number[]; heard: number }>();

  /** Whether the stream has to be opened anew, because something is wanted that it does not tell. */
  set(tab: string, ids: number[], now: number): boolean {
    const before = new Set(this.ids(now));
    if (ids.length === 0) this.#tabs.delete(tab);
    else this.#tabs.set(tab, { ids, heard: now });
    return this.ids(now).some((id) => !before.has(id));
  }

  /** All that are wanted, the newest first. */
  ids(now: number): number[] {
    const ids = new Set<number>();
    for (const [tab, { ids: wanted, heard }] of this.#tabs) {
      if (now - heard > GONE_MS) this.#tabs.delete(tab);
      else for (const id of wanted) ids.add(id);
    }
    return [...ids].sort((a, b) => b - a).slice(0, MOST);
  }
}
