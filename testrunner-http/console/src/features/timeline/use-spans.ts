import { useEffect, useState } from "react";
import type { Testrun } from "../../api/types";
import { followEvents } from "../../store/event-feed";
import { foldSpans, NO_SPANS, type Spans } from "./spans";

/** Events come with all output, and there is no way to have them without; more are not read for a picture. */
export const MOST_EVENTS = 25_000;
const MOST_CHARS = 64_000_000;

export interface Read {
  spans: Spans;
  state: "reading" | "read" | "too long";
}

/** What ran where, followed while it runs. */
export function useSpans(testrun: Testrun): Read {
  const { id } = testrun;
  const tooMany = (testrun.last_seq ?? 0) > MOST_EVENTS;
  const [read, setRead] = useState<Read>({ spans: NO_SPANS, state: "reading" });
  useEffect(() => {
    if (tooMany) return;
    const over = new AbortController();
    let chars = 0;
    setRead({ spans: NO_SPANS, state: "reading" });
    const take = (events: Parameters<typeof foldSpans>[1]) => {
      for (const { body } of events) if (body.type === "log") chars += body.data.length;
      const long = chars > MOST_CHARS;
      if (long) over.abort();
      setRead(({ spans }) => ({ spans: foldSpans(spans, events), state: long ? "too long" : "reading" }));
    };
    void followEvents(id, 0, take, over.signal).then(() => {
      if (!over.signal.aborted) setRead(({ spans }) => ({ spans, state: "read" }));
    });
    return () => over.abort();
  }, [id, tooMany]);
  return tooMany ? { spans: NO_SPANS, state: "too long" } : read;
}
