import { useCallback, useEffect, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import type { Line } from "./log-reader";
import { lineName, parseLine } from "./place";

/** What the pane keeps in the page's address: the line that is pointed at, and what is looked for. */
export function useAddress() {
  const [params, setParams] = useSearchParams();
  const at = params.get("at");
  const find = params.get("find") ?? "";
  // The router knows of a change only later, and another one must not undo it.
  const latest = useRef(params);
  useEffect(() => {
    latest.current = params;
  }, [params]);
  const change = useCallback(
    (name: "at" | "find", value: string | null) => {
      const next = new URLSearchParams(latest.current);
      if (value) next.set(name, value);
      else next.delete(name);
      latest.current = next;
      setParams(next, { replace: true, preventScrollReset: true });
    },
    [setParams],
  );
  const setAt = useCallback((line: Line | null) => change("at", line && lineName(line)), [change]);
  const setFind = useCallback((text: string) => change("find", text), [change]);
  const linkTo = useCallback(
    (line: Line) => {
      const next = new URLSearchParams(params);
      next.set("at", lineName(line));
      return `?${next}`;
    },
    [params],
  );
  const marked = useMemo(() => parseLine(at), [at]);
  return { at, marked, find, setAt, setFind, linkTo };
}
