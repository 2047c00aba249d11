import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Failure } from "../../components/failure";
import { OUTCOME, OutcomeMark } from "../../components/outcome";
import { Ago, duration } from "../../components/time";
import type { Filter } from "./filter";
import { type HistoryRow, historyRows } from "./history-rows";
import { type CaseName, historyQuery } from "./queries";
import { type Column, Rows, TestrunLink } from "./rows";
import { windowWords } from "./window-words";

const Chart = lazy(async () => ({ default: (await import("./history-chart")).HistoryChart }));

export const HISTORY_HEIGHT = 220;

const COLUMNS: Column<HistoryRow>[] = [
  { title: "Testrun", cell: ({ run }) => <TestrunLink id={run} /> },
  { title: "Outcome", cell: ({ outcome }) => <OutcomeMark outcome={outcome} /> },
  { title: "Took", cell: ({ duration_us }) => duration(duration_us), right: true },
  { title: "Submitted", cell: ({ at }) => <Ago at={at} />, right: true },
  { title: "File", cell: ({ changed }) => (changed ? "changed" : "as before"), wide: true },
];

/** The runs of one case: a chart, and all of it in figures. */
export function CaseHistoryView({ which, filter }: { which: CaseName; filter: Filter }) {
  const { data, error, refetch } = useQuery(historyQuery(which, filter));
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  const rows = data && historyRows(data.history);
  return (
    <>
      <Typography sx={{ my: 1.5, minHeight: "3em" }}>
        {data && `${inWords(data.history)} ${windowWords(data.window)}`}
      </Typography>
      <Suspense fallback={<Skeleton variant="rounded" height={HISTORY_HEIGHT + 29} />}>
        {rows ? <Chart rows={rows} /> : <Skeleton variant="rounded" height={HISTORY_HEIGHT + 29} />}
      </Suspense>
      <Rows
        label="All runs of this case"
        columns={COLUMNS}
        rows={rows}
        nameOf={({ run, place }) => `${run}-${place}`}
        none="The case did not run in what was looked at."
      />
    </>
  );
}

function inWords(history: { outcome: keyof typeof OUTCOME }[]): string {
  const bad = history.filter(({ outcome }) => OUTCOME[outcome].tone === "bad").length;
  if (bad === 0) return `Ran ${history.length} times, never bad.`;
  return `Ran ${history.length} times, ${bad} of them bad.`;
}
