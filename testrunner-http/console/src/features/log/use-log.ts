import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { firstFailure, lineOf } from "./first-failure";
import type { Line, Shown } from "./log-reader";
import { lineName, parseLine } from "./place";
import { useAddress } from "./use-address";
import { useFollow } from "./use-follow";
import { useReader } from "./use-reader";

/** The lines that can be seen. */
export interface Sight {
  top: Line;
  bottom: Line;
  /** Of the place that was gone to last. */
  turn: number;
}

const NOWHERE: Line = { seq: 0, line: 0 };

function isInSight({ rows, turn, target }: Shown, { top, bottom, turn: seen }: Sight, line: Line): boolean {
  // Of a place that was just gone to only the line is known where the list begins.
  if (turn !== seen) {
    const row = rows[target.index];
    return row !== undefined && row.seq === line.seq && row.line === line.line;
  }
  return isBefore(top, line) && isBefore(line, bottom);
}

function isBefore(one: Line, other: Line): boolean {
  return one.seq < other.seq || (one.seq === other.seq && one.line <= other.line);
}

/** Where somebody is in a log, and how they get elsewhere. */
export function useLog(id: number, file: number | undefined, live: boolean) {
  const queries = useQueryClient();
  const { reader, shown } = useReader(id, file);
  const { at, marked, find, setAt, setFind, linkTo } = useAddress();
  // Not until the Testrun has ended, but until its last event was read.
  const [following, setFollowing] = useState(live && at === null);
  const [said, setSaid] = useState("");
  const sight = useRef<Sight>({ top: NOWHERE, bottom: NOWHERE, turn: -1 });
  /** The reader and the place in the address that were gone to. */
  const gone = useRef<{ reader: unknown; at: string | null } | null>(null);

  const pause = useCallback(() => setFollowing(false), []);
  useFollow(reader, id, file, following, pause);

  useEffect(() => {
    const first = gone.current?.reader !== reader;
    if (!first && gone.current?.at === at) return;
    gone.current = { reader, at };
    const line = parseLine(at);
    if (line) {
      setFollowing(false);
      if (!isInSight(reader.shown, sight.current, line)) void reader.open(line);
    } else if (first && !following) void reader.open("start");
  }, [reader, at, following]);

  const goTo = useCallback(
    (line: Line) => {
      gone.current = { reader, at: lineName(line) };
      setFollowing(false);
      setAt(line);
      if (!isInSight(reader.shown, sight.current, line)) void reader.open(line);
    },
    [reader, setAt],
  );

  const leave = (place: "start" | "end") => {
    gone.current = { reader, at: null };
    setSaid("");
    setAt(null);
    if (place === "end" && live) setFollowing(true);
    else {
      setFollowing(false);
      void reader.open(place);
    }
  };

  const toFailure = async () => {
    setSaid("");
    setFollowing(false);
    try {
      const failed = await firstFailure(queries, id, file);
      if (!failed) return setSaid(live ? "No case has failed so far" : "No case failed");
      const line = await lineOf(reader, failed);
      if (line) goTo(line);
      setSaid(`${failed.case}: ${failed.outcome.replace("_", " ")}`);
    } catch (error) {
      setSaid((error as Error).message);
    }
  };

  return {
    reader,
    shown,
    marked,
    find,
    setFind,
    linkTo,
    following,
    setFollowing: (follow: boolean) => {
      if (follow) leave("end");
      else setFollowing(false);
    },
    pause,
    said,
    goTo,
    toStart: () => leave("start"),
    toEnd: () => leave("end"),
    toFailure: () => void toFailure(),
    from: useCallback(() => marked ?? sight.current.top, [marked]),
    setSight: useCallback((now: Sight) => {
      sight.current = now;
    }, []),
  };
}
