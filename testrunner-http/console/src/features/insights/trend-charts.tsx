import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { BarChart } from "@mui/x-charts/BarChart";
import { LineChart } from "@mui/x-charts/LineChart";
import type { ReactNode } from "react";
import { duration } from "../../components/time";
import { COLOUR } from "./colours";
import { type Day, percent, shortDate } from "./day-line";
import { CHART_HEIGHT, GRID } from "./trend-panels";

const COMMON = {
  height: CHART_HEIGHT,
  skipAnimation: true,
  disableKeyboardNavigation: true,
  grid: { horizontal: true },
} as const;
const MARGIN = { left: 0, right: 12, top: 8, bottom: 0 };

/** The figures are in the table below; these are for the eye alone. */
export function TrendCharts({ line }: { line: Day[] }) {
  const dates = {
    data: line.map(({ date }) => date),
    valueFormatter: shortDate,
    height: 24,
    tickLabelInterval: every(line.length),
  };
  const few = line.length <= 31;
  return (
    <Box sx={GRID}>
      <Chart title="Pass rate">
        <LineChart
          {...COMMON}
          margin={MARGIN}
          xAxis={[{ ...dates, scaleType: "point" }]}
          yAxis={[
            { min: 0, max: 1, width: 48, valueFormatter: (rate: number) => `${Math.round(rate * 100)} %` },
          ]}
          series={[
            {
              label: "of those judged",
              data: line.map(({ pass_rate }) => pass_rate ?? null),
              color: COLOUR.good,
              connectNulls: true,
              showMark: few,
              curve: "linear",
              valueFormatter: (rate) => (rate === null ? "" : percent(rate)),
            },
          ]}
        />
      </Chart>
      <Chart title="Duration">
        <LineChart
          {...COMMON}
          margin={MARGIN}
          xAxis={[{ ...dates, scaleType: "point" }]}
          yAxis={[{ min: 0, width: 64, valueFormatter: (us: number) => duration(us) }]}
          series={[
            durations("half within", line, "duration_p50_us", COLOUR.live, few),
            durations("nine of ten within", line, "duration_p90_us", COLOUR.odd, few),
          ]}
        />
      </Chart>
      <Chart title="Testruns">
        <BarChart
          {...COMMON}
          margin={MARGIN}
          xAxis={[{ ...dates, scaleType: "band" }]}
          yAxis={[{ width: 40, tickMinStep: 1 }]}
          series={[
            { label: "passed", stack: "all", data: line.map(({ success }) => success), color: COLOUR.good },
            { label: "failed", stack: "all", data: line.map(({ failed }) => failed), color: COLOUR.bad },
            { label: "other", stack: "all", data: line.map(({ other }) => other), color: COLOUR.quiet },
          ]}
        />
      </Chart>
    </Box>
  );
}

function durations(
  label: string,
  line: Day[],
  of: "duration_p50_us" | "duration_p90_us",
  color: string,
  showMark: boolean,
) {
  return {
    label,
    data: line.map((day) => day[of] ?? null),
    color,
    connectNulls: true,
    showMark,
    curve: "linear" as const,
    valueFormatter: (us: number | null) => (us === null ? "" : duration(us)),
  };
}

function Chart({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box component="figure" sx={{ m: 0, minWidth: 0 }}>
      <Typography component="figcaption" variant="body2" sx={{ fontWeight: 500, height: 24 }}>
        {title}
      </Typography>
      <div aria-hidden>{children}</div>
    </Box>
  );
}

/** About six dates are readable. */
function every(days: number) {
  const step = Math.max(1, Math.ceil(days / 6));
  return (_: string, index: number) => index % step === 0;
}
