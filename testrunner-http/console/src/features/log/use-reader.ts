import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { LogReader, type Shown } from "./log-reader";
import { logChunksQuery } from "./queries";

/** A reader of one log, and what it lists now. */
export function useReader(id: number, file: number | undefined): { reader: LogReader; shown: Shown } {
  const queries = useQueryClient();
  const reader = useMemo(
    () =>
      new LogReader({
        after: (after, limit) => queries.fetchQuery(logChunksQuery(id, { file, after, limit })),
        before: (before, limit) => queries.fetchQuery(logChunksQuery(id, { file, before, limit })),
      }),
    [queries, id, file],
  );
  const shown = useSyncExternalStore(reader.subscribe, reader.snapshot);
  return { reader, shown };
}
