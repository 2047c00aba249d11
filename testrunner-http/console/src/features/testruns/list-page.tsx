import Box from "@mui/material/Box";
import LinearProgress from "@mui/material/LinearProgress";
import Paper from "@mui/material/Paper";
import Skeleton from "@mui/material/Skeleton";
import Stack from "@mui/material/Stack";
import { useTheme } from "@mui/material/styles";
import Typography from "@mui/material/Typography";
import useMediaQuery from "@mui/material/useMediaQuery";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { Failure } from "../../components/failure";
import { useTitle } from "../../components/title";
import { useMayAct } from "../../store/use-may-act";
import { useWatch } from "../../store/use-watch";
import { NothingFits, NothingYet } from "./empty-list";
import { FilterBar } from "./filter-bar";
import { changed, filterOf, isNarrowed, toggled } from "./filter-params";
import { Pager } from "./pager";
import { PAGE_ROWS, testrunsQuery } from "./queries";
import { SelectionBar } from "./selection-bar";
import { StatusFilter } from "./status-filter";
import { TestrunCards } from "./testrun-cards";
import { TestrunTable } from "./testrun-table";
import { useSelection } from "./use-selection";

/** All Testruns, the newest first, live. */
export function ListPage() {
  useTitle("Testruns");
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const { data, error, refetch, isPlaceholderData } = useQuery(testrunsQuery(filter, params.get("cursor")));
  const runs = data?.testruns ?? [];
  useWatch(
    runs
      .filter((run) => run.status === "RUNNING")
      .map((run) => run.id)
      .slice(0, 16),
  );
  const selection = useSelection(runs);
  const mayAct = useMayAct();
  const narrow = useMediaQuery(useTheme().breakpoints.down("md"));
  const Rows = narrow ? TestrunCards : TestrunTable;
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Testruns</Typography>
      <StatusFilter
        chosen={filter.status ?? []}
        counts={data?.counts ?? undefined}
        onToggle={(status) => setParams(changed(params, "status", toggled(filter.status ?? [], status)))}
      />
      <FilterBar />
      {error && <Failure error={error} retry={() => void refetch()} />}
      <Paper
        variant="outlined"
        sx={{
          overflow: "hidden",
          position: "relative",
          ...(narrow && { border: 0, bgcolor: "transparent" }),
        }}
      >
        {isPlaceholderData && (
          <LinearProgress aria-label="Reading" sx={{ position: "absolute", inset: "0 0 auto", zIndex: 1 }} />
        )}
        {!data && !error && <Reading rows={narrow ? 6 : PAGE_ROWS} />}
        {data && runs.length > 0 && <Rows runs={runs} selection={mayAct ? selection : null} />}
        {data && runs.length === 0 && (isNarrowed(filter) ? <NothingFits /> : <NothingYet />)}
      </Paper>
      {selection.ids.length > 0 && mayAct && <SelectionBar runs={runs} selection={selection} />}
      <Pager next={data?.next_cursor} />
    </Stack>
  );
}

function Reading({ rows }: { rows: number }) {
  return (
    <Box aria-busy="true" aria-label="Reading the list" role="status">
      {Array.from({ length: rows }, (_, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike.
        <Skeleton key={n} variant="rectangular" height={52} sx={{ mb: "1px" }} />
      ))}
    </Box>
  );
}
