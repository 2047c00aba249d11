import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import { lazy, Suspense } from "react";
import type { Trend } from "../../api/types";
import { dayLine, passedInWords } from "./day-line";
import { Panel } from "./panel";
import { TrendTable } from "./trend-table";
import { windowWords } from "./window-words";

const Charts = lazy(async () => ({ default: (await import("./trend-charts")).TrendCharts }));

export const CHART_HEIGHT = 220;

/** Pass rate, duration and number over time: as charts, and in words and figures. */
export function TrendPanels({ trend }: { trend: Trend | undefined }) {
  const line = dayLine(trend?.days ?? []);
  const more = trend && `${passedInWords(trend.days)} ${windowWords(trend.window)}`;
  return (
    <Panel title="By day" more={more}>
      {trend ? (
        <Suspense fallback={<Waiting />}>
          <Charts line={line} />
        </Suspense>
      ) : (
        <Waiting />
      )}
      <TrendTable days={trend?.days ?? []} />
    </Panel>
  );
}

/** Where the charts stand. */
export const GRID = {
  display: "grid",
  gap: 2,
  gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "repeat(3, minmax(0, 1fr))" },
};

function Waiting() {
  return (
    <Box sx={GRID} aria-hidden>
      {["rate", "duration", "number"].map((name) => (
        <Skeleton key={name} variant="rounded" height={CHART_HEIGHT + 54} />
      ))}
    </Box>
  );
}
