import { config } from "../config";
import type { Message } from "./messages";

/** All tabs of one browser that show the same server. */
export interface Tabs {
  tell: (message: Message) => void;
  listen: (listener: (message: Message) => void) => void;
  /** Calls `hold` once this tab is the one that holds the stream; for as long as the tab lives. */
  lead: (hold: () => void) => void;
}

const NAME = `testrunner${config.prefix}`;

/**
 * The tab that has the lock holds the stream and passes on what it hears: browsers allow six connections to a host,
 * over all tabs. Where there are no locks (plain HTTP from another machine), each tab is alone.
 */
export function openTabs(): Tabs {
  const shared = "locks" in navigator && "BroadcastChannel" in globalThis;
  if (!shared) return { tell: () => {}, listen: () => {}, lead: (hold) => hold() };
  const channel = new BroadcastChannel(NAME);
  return {
    tell: (message) => channel.postMessage(message),
    listen: (listener) => channel.addEventListener("message", ({ data }) => listener(data as Message)),
    lead: (hold) => {
      void navigator.locks.request(NAME, () => {
        hold();
        return new Promise<never>(() => {});
      });
    },
  };
}
