import { api } from "../api/client";
import { unwrap } from "../api/errors";
import type { Event, EventsPage } from "../api/types";
import { testrunStore } from "./instance";

const PAGE = 1_000;
/** Asked anew after so long without a hint, because a hint may be lost. */
const PATIENCE_MS = 10_000;
/** Before a server that did not answer is asked again. */
const PAUSE_MS = 1_000;

/**
 * Hands over a Testrun's events from a place on, each once and in order, until the Testrun ends or the signal aborts.
 * The store's stream only hints that there are more; the events are read by their numbers, so none is missed or doubled.
 */
export async function followEvents(
  id: number,
  after: number,
  take: (events: Event[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let wake = () => {};
  let last = 0;
  const release = testrunStore.watch(id, (testrun) => {
    last = Math.max(last, testrun.last_seq ?? 0);
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  try {
    let place = after;
    while (!signal.aborted) {
      const page = await read(id, place, signal).catch(() => null);
      if (page && page.events.length > 0) {
        place = page.events[page.events.length - 1]?.seq ?? place;
        take(page.events);
        if (page.terminal && place >= page.last_seq) return;
        if (place < page.last_seq) continue;
      } else if (page?.terminal) return;
      if (page && place < last) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, page ? PATIENCE_MS : PAUSE_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal.aborted) wake();
      });
    }
  } finally {
    release();
  }
}

async function read(id: number, after: number, signal: AbortSignal): Promise<EventsPage> {
  const page = await unwrap(
    api.GET("/api/v1/testruns/{id}/events", {
      params: { path: { id }, query: { after, limit: PAGE } },
      headers: { Accept: "application/json" },
      signal,
    }),
  ); // Asked for by its Accept header; the other kind is the live stream.
  return page as EventsPage;
}
