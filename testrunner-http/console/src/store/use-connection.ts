import { useSyncExternalStore } from "react";
import { testrunStore } from "./instance";
import type { Connection } from "./messages";

/** Whether the console hears of changes just now. */
export function useConnection(): Connection {
  return useSyncExternalStore(testrunStore.subscribe, () => testrunStore.connection);
}
