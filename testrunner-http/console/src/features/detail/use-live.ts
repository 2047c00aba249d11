import { useEffect, useState } from "react";
import type { Testrun } from "../../api/types";
import { followEvents } from "../../store/event-feed";
import { foldLive, type Live, NOTHING_LIVE } from "./live";

/** What was going on shortly before is enough to tell what runs. */
const BACK = 500;

/** What runs now; nothing when the Testrun does not run. */
export function useLive(testrun: Testrun): Live {
  const { id } = testrun;
  const running = testrun.status === "RUNNING";
  const [live, setLive] = useState(NOTHING_LIVE);
  const [from] = useState(() => Math.max(0, (testrun.last_seq ?? 0) - BACK));
  useEffect(() => {
    if (!running) return;
    const over = new AbortController();
    void followEvents(id, from, (events) => setLive((old) => foldLive(old, events)), over.signal);
    return () => {
      over.abort();
      setLive(NOTHING_LIVE);
    };
  }, [id, running, from]);
  return live;
}
