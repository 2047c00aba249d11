import { useEffect } from "react";
import type { Event, LogLine } from "../../api/types";
import { followEvents } from "../../store/event-feed";
import type { LogReader } from "./log-reader";

/** Keeps the list at the end of a log that grows, for as long as that is wanted. */
export function useFollow(
  reader: LogReader,
  id: number,
  file: number | undefined,
  wanted: boolean,
  onEnd: () => void,
): void {
  useEffect(() => {
    if (!wanted) return;
    const leave = new AbortController();
    const take = (events: Event[]) => {
      if (leave.signal.aborted) return;
      // What an attempt wrote that is taken back looks different from now on.
      if (events.some(({ body }) => body.type === "item_returned")) void reader.open("end");
      reader.append(linesOf(events, file), events[events.length - 1]?.seq ?? 0);
    };
    const follow = async () => {
      if (!(await reader.open("end")) || leave.signal.aborted) return;
      await followEvents(id, reader.shown.after, take, leave.signal);
      // The last lines come together with the news that there are no more, and are to be in sight.
      if (!leave.signal.aborted) await reader.open("end");
      if (!leave.signal.aborted) onEnd();
    };
    void follow();
    return () => leave.abort();
  }, [reader, id, file, wanted, onEnd]);
}

/** Output among events, as a page of output would have it. */
export function linesOf(events: Event[], file: number | undefined): LogLine[] {
  return events.flatMap(({ seq, at, epoch, body }) =>
    body.type === "log" && (file === undefined || body.file === file)
      ? [{ ...body, seq, at, epoch, superseded: false }]
      : [],
  );
}
