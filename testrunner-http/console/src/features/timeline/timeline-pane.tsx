import Box from "@mui/material/Box";
import LinearProgress from "@mui/material/LinearProgress";
import Typography from "@mui/material/Typography";
import { useEffect, useMemo, useState } from "react";
import type { Testrun } from "../../api/types";
import { BarsTable } from "./bars-table";
import { Chart } from "./chart";
import { lanes, shares } from "./lanes";
import { SharesBar } from "./shares-bar";
import { Slowest } from "./slowest";
import { useSpans } from "./use-spans";

/** Which slot of which worker ran what when, and where the time went. */
export function TimelinePane({ testrun, onFile }: { testrun: Testrun; onFile: (file: number) => void }) {
  const { spans, state } = useSpans(testrun);
  const now = useMoment(testrun.finished_at ?? null);
  const paths = useMemo(
    () => new Map((testrun.tests ?? []).map(({ index, path }) => [index ?? 0, path])),
    [testrun.tests],
  );
  const from = testrun.started_at ?? spans.items[0]?.from ?? testrun.created_at;
  const to = Math.max(from, spans.ended ?? now);
  const all = useMemo(() => lanes(spans, to), [spans, to]);
  const time = shares(all, from, to);
  // With a part of the events, what has ended would look as if it ran.
  const [upTo] = useState(testrun.last_seq ?? 0);
  const drawn = state !== "too long" && (state === "read" || spans.seq >= upTo);
  return (
    <Box sx={{ display: "flex", flexDirection: "column", gap: 2 }}>
      <Typography variant="h2">Where the time went</Typography>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 3 }}>
        <SharesBar
          title={testrun.finished_at == null ? "From submission until now" : "From submission to end"}
          parts={[
            {
              name: "waiting",
              us: (testrun.started_at ?? testrun.finished_at ?? now) - testrun.created_at,
              colour: "outcome.quiet",
            },
            { name: "running", us: testrun.started_at == null ? 0 : to - from, colour: "outcome.live" },
          ]}
        />
        {all.length > 0 && drawn && (
          <SharesBar
            title={`Slots while it ran (${all.length} used)`}
            parts={[
              { name: "files", us: time.busy, colour: "outcome.live" },
              { name: "around files", us: time.around, colour: "outcome.odd" },
              { name: "idle or elsewhere", us: time.idle, colour: "outcome.quiet" },
            ]}
          />
        )}
      </Box>
      {state === "too long" ? (
        <Slowest testrun={testrun} onFile={onFile} />
      ) : drawn && all.length > 0 ? (
        <>
          <Chart lanes={all} from={from} to={to} paths={paths} onFile={onFile} />
          <BarsTable lanes={all} from={from} to={to} paths={paths} />
        </>
      ) : testrun.started_at != null ? (
        <Box sx={{ height: 120 }}>
          <Typography variant="body2" sx={{ color: "text.secondary", mb: 1 }}>
            Reading the events…
          </Typography>
          <LinearProgress
            aria-label="Events that are read"
            variant="determinate"
            value={Math.min(100, (100 * spans.seq) / Math.max(1, upTo))}
          />
        </Box>
      ) : (
        <Typography sx={{ color: "text.secondary" }}>
          Nothing of it has run{testrun.finished_at == null ? " yet" : ""}.
        </Typography>
      )}
    </Box>
  );
}

/** The end, or now, told once a second. */
function useMoment(end: number | null): number {
  const [now, setNow] = useState(() => Date.now() * 1_000);
  useEffect(() => {
    if (end !== null) return;
    const timer = setInterval(() => setNow(Date.now() * 1_000), 1_000);
    return () => clearInterval(timer);
  }, [end]);
  return end ?? now;
}
