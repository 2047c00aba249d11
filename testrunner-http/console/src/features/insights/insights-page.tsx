import Refresh from "@mui/icons-material/Refresh";
import Box from "@mui/material/Box";
import IconButton from "@mui/material/IconButton";
import Stack from "@mui/material/Stack";
import Tooltip from "@mui/material/Tooltip";
import Typography from "@mui/material/Typography";
import { useIsFetching, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { Failure } from "../../components/failure";
import { useTitle } from "../../components/title";
import { type Filter, isNarrowed, readFilter, writeFilter } from "./filter";
import { FilterBar } from "./filter-bar";
import { FlakyPanel } from "./flaky-panel";
import { HistoryDrawer } from "./history-drawer";
import { NothingYet } from "./nothing-yet";
import { type CaseName, trendQuery } from "./queries";
import { SlowCasesPanel, SlowFilesPanel } from "./slow-panels";
import { TrendPanels } from "./trend-panels";

/** What many Testruns tell together. */
export function InsightsPage() {
  useTitle("Insights");
  const queries = useQueryClient();
  const reading = useIsFetching({ queryKey: ["insights"] }) > 0;
  const [params, setParams] = useSearchParams();
  const filter = readFilter(params);
  const trend = useQuery(trendQuery(filter));
  const change = (next: Filter) => setParams((now) => writeFilter(now, next), { replace: true });
  const close = () => setParams((now) => withoutCase(now), { preventScrollReset: true });
  return (
    <Stack spacing={2}>
      <Box sx={{ display: "flex", alignItems: "center", gap: 1 }}>
        <Typography variant="h1">Insights</Typography>
        <Tooltip title="Read all of it anew">
          <span>
            <IconButton
              aria-label="Read anew"
              disabled={reading}
              onClick={() => void queries.invalidateQueries({ queryKey: ["insights"] })}
            >
              <Refresh />
            </IconButton>
          </span>
        </Tooltip>
      </Box>
      <FilterBar filter={filter} onChange={change} />
      {trend.error && <Failure error={trend.error} retry={() => void trend.refetch()} />}
      {trend.data?.window.runs === 0 ? (
        <NothingYet
          narrowed={isNarrowed(filter)}
          onWiden={() => change({ ...filter, username: "", label: "" })}
        />
      ) : (
        <>
          <TrendPanels trend={trend.data} />
          <FlakyPanel filter={filter} />
          <Box
            sx={{
              display: "grid",
              gap: 2,
              alignItems: "start",
              gridTemplateColumns: { xs: "minmax(0, 1fr)", lg: "repeat(2, minmax(0, 1fr))" },
            }}
          >
            <SlowFilesPanel filter={filter} />
            <SlowCasesPanel filter={filter} />
          </Box>
        </>
      )}
      <HistoryDrawer which={openCase(params)} filter={filter} onClose={close} />
    </Stack>
  );
}

function openCase(params: URLSearchParams): CaseName | null {
  const path = params.get("path");
  const name = params.get("case");
  return path && name ? { path, case: name } : null;
}

function withoutCase(params: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete("path");
  next.delete("case");
  return next;
}
