import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Paper from "@mui/material/Paper";
import { useTheme } from "@mui/material/styles";
import useMediaQuery from "@mui/material/useMediaQuery";
import { Link } from "react-router";
import type { Testrun } from "../../api/types";
import { useWatch } from "../../store/use-watch";
import { CasePanel } from "./case-panel";
import { FilePanel } from "./file-panel";
import { Header } from "./header";
import { Overview } from "./overview";
import { Panels } from "./panels";
import { TreePane } from "./tree-pane";
import { useFirstFailure } from "./use-first-failure";
import { useLive } from "./use-live";
import { usePlace, type View } from "./use-place";

/** Below the bar the page takes what the window has, so that its parts scroll and not all of it. */
const HEIGHT = { xs: "auto", md: "max(calc(100dvh - 113px), 620px)" };

/** A Testrun: its header, the tree of what ran, and one view of it. */
export function Detail({ testrun, gone }: { testrun: Testrun; gone: boolean }) {
  const ended = testrun.finished_at != null;
  const [place, go] = usePlace();
  const live = useLive(testrun);
  useWatch(ended ? [] : [testrun.id]);
  const wide = useMediaQuery(useTheme().breakpoints.up("md"), { noSsr: true });

  // An address that selects nothing opens at what failed first; while it runs that is only offered.
  const free = place.file === null && place.case === null;
  const failure = useFirstFailure(testrun, live, free && testrun.status !== "SUCCESS");
  const selected = free ? (ended && failure ? failure : null) : { file: place.file ?? -1, case: place.case };
  const file = testrun.tests?.find(({ index }) => index === selected?.file);

  const tree = <TreePane testrun={testrun} live={live} place={place} go={go} selected={selected} />;
  const one = !selected ? (
    <Overview testrun={testrun} live={live} failure={failure} go={go} />
  ) : !file ? (
    <Alert severity="warning">No test file of this Testrun has the number {selected.file}.</Alert>
  ) : selected.case === null ? (
    <FilePanel testrun={testrun} file={file} live={live} go={go} />
  ) : (
    <CasePanel id={testrun.id} file={file} seq={selected.case} live={live} go={go} />
  );

  const views: View[] = wide ? ["case", "log", "timeline"] : ["tests", "case", "log", "timeline"];
  const narrowed = place.q !== "" || place.outcomes.length > 0;
  const fallback: View = wide || (selected && !(free && narrowed)) ? "case" : "tests";
  const view = place.view && views.includes(place.view) ? place.view : fallback;
  const panels = (
    <Panels
      testrun={testrun}
      views={views}
      view={view}
      file={place.file}
      onView={(next) => go({ view: next })}
      onFile={(index) => go({ file: index, case: null, view: "case" })}
      tests={tree}
      case={one}
    />
  );
  return (
    <Box sx={{ display: "flex", flexDirection: "column", gap: 1.5, height: HEIGHT }}>
      {gone && (
        <Alert
          severity="warning"
          action={
            <Button component={Link} to="/" color="inherit" size="small">
              All Testruns
            </Button>
          }
        >
          Testrun {testrun.id} was deleted. What you see was read before.
        </Alert>
      )}
      <Header testrun={testrun} live={live} gone={gone} />
      {wide ? (
        <Box
          sx={{
            flex: 1,
            minHeight: 0,
            display: "grid",
            gridTemplateColumns: "minmax(340px, 5fr) 8fr",
            gap: 1.5,
          }}
        >
          <Paper variant="outlined" sx={{ minWidth: 0, minHeight: 0, overflow: "hidden" }}>
            {tree}
          </Paper>
          {panels}
        </Box>
      ) : (
        <Box sx={{ height: "max(calc(100dvh - 120px), 460px)" }}>{panels}</Box>
      )}
    </Box>
  );
}
