import { BarChart } from "@mui/x-charts/BarChart";
import { OUTCOME, type Tone } from "../../components/outcome";
import { duration } from "../../components/time";
import { HISTORY_HEIGHT } from "./case-history";
import { COLOUR } from "./colours";
import type { HistoryRow } from "./history-rows";

const WORD: Record<Tone, string> = {
  good: "passed",
  bad: "bad",
  odd: "passed unexpectedly",
  live: "running",
  quiet: "not judged",
};
const TONES: Tone[] = ["good", "bad", "odd", "quiet"];

/** How long the case took in each Testrun, oldest first, coloured by how it ended. The table below says the same. */
export function HistoryChart({ rows }: { rows: HistoryRow[] }) {
  const line = rows.toReversed();
  const tone = (row: HistoryRow) => OUTCOME[row.outcome].tone;
  const shown = TONES.filter((one) => line.some((row) => tone(row) === one));
  const step = Math.max(1, Math.ceil(line.length / 8));
  return (
    <div aria-hidden>
      <BarChart
        height={HISTORY_HEIGHT}
        skipAnimation
        disableKeyboardNavigation
        grid={{ horizontal: true }}
        margin={{ left: 0, right: 12, top: 8, bottom: 0 }}
        xAxis={[
          {
            scaleType: "band",
            data: line.map(({ place }) => place),
            height: 24,
            valueFormatter: (place: number) => `#${rows[place]?.run ?? ""}`,
            tickLabelInterval: (_: number, index: number) => index % step === 0,
          },
        ]}
        yAxis={[{ width: 60, min: 0, valueFormatter: (us: number) => duration(us) }]}
        series={shown.map((one) => ({
          label: WORD[one],
          stack: "all",
          color: COLOUR[one],
          // A bar of no height could not be seen.
          data: line.map((row) => (tone(row) === one ? Math.max(1, row.duration_us) : null)),
          valueFormatter: (us: number | null) => (us === null ? null : duration(us)),
        }))}
      />
    </div>
  );
}
