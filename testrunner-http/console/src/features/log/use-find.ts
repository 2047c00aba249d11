import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Line, LogReader } from "./log-reader";
import { matcher } from "./match";
import { logFindQuery } from "./queries";
import { seek } from "./seek";

/** How looking for a text goes. */
export type Finding =
  | { kind: "idle" }
  | { kind: "searching"; seq: number | null }
  | { kind: "missing"; backwards: boolean }
  | { kind: "failed"; error: Error };

interface Where {
  reader: LogReader;
  id: number;
  file: number | undefined;
  /** Where to begin. */
  from: () => Line;
  onFound: (line: Line) => void;
}

/** Looks for a text in the whole log, one match after the other. */
export function useFind({ reader, id, file, from, onFound }: Where, text: string) {
  const queries = useQueryClient();
  const wanted = useMemo(() => matcher(text), [text]);
  const [finding, setFinding] = useState<Finding>({ kind: "idle" });
  const run = useRef(0);
  const last = useRef("");

  const stop = useCallback(() => {
    run.current += 1;
    setFinding({ kind: "idle" });
  }, []);
  useEffect(
    () => () => {
      run.current += 1;
    },
    [],
  );

  const look = useCallback(
    async (next: string, backwards: boolean) => {
      const pattern = matcher(next);
      if (!pattern) return;
      run.current += 1;
      const mine = run.current;
      const tell = (now: Finding) => {
        if (mine === run.current) setFinding(now);
      };
      const begin = { ...from(), inclusive: last.current !== next };
      tell({ kind: "searching", seq: null });
      try {
        const line = await seek(
          reader,
          pattern,
          begin,
          backwards,
          (place) => {
            if (mine !== run.current) return Promise.resolve({});
            return queries.fetchQuery(logFindQuery(id, { text: next, file, ...place }));
          },
          (seq) => tell({ kind: "searching", seq }),
        );
        if (mine !== run.current) return;
        last.current = next;
        tell(line ? { kind: "idle" } : { kind: "missing", backwards });
        if (line) onFound(line);
      } catch (error) {
        tell({ kind: "failed", error: error as Error });
      }
    },
    [queries, reader, id, file, from, onFound],
  );
  return { wanted, finding, look, stop };
}
