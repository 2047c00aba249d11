import Box from "@mui/material/Box";
import FormControlLabel from "@mui/material/FormControlLabel";
import Paper from "@mui/material/Paper";
import Switch from "@mui/material/Switch";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Testrun } from "../../api/types";
import { LogPane } from "../log/log-pane";
import type { View } from "./use-place";

const TimelinePane = lazy(async () => ({
  default: (await import("../timeline/timeline-pane")).TimelinePane,
}));

const NAME: Record<View, string> = { tests: "Tests", case: "Case", log: "Log", timeline: "Timeline" };

interface Props {
  testrun: Testrun;
  views: View[];
  view: View;
  /** The file that the address names. */
  file: number | null;
  onView: (view: View) => void;
  onFile: (file: number) => void;
  tests: ReactNode;
  case: ReactNode;
}

/** What is seen of a Testrun, one view at a time. */
export function Panels({ testrun, views, view, file, onView, onFile, ...panes }: Props) {
  return (
    <Paper
      variant="outlined"
      sx={{
        display: "flex",
        flexDirection: "column",
        minWidth: 0,
        minHeight: 0,
        height: "100%",
        overflow: "hidden",
      }}
    >
      <Tabs
        value={view}
        onChange={(_, next: View) => onView(next)}
        aria-label="Views"
        variant="scrollable"
        sx={{ minHeight: 42, borderBottom: 1, borderColor: "divider", flexShrink: 0 }}
      >
        {views.map((one) => (
          <Tab
            key={one}
            value={one}
            label={NAME[one]}
            id={`tab-${one}`}
            aria-controls="panel"
            sx={{ minHeight: 42, minWidth: { xs: 0, md: 90 }, px: { xs: 1.5, md: 2 } }}
          />
        ))}
      </Tabs>
      <Box role="tabpanel" id="panel" aria-labelledby={`tab-${view}`} sx={{ flex: 1, minHeight: 0 }}>
        {view === "tests" && panes.tests}
        {view === "case" && <Scrolling name="Case">{panes.case}</Scrolling>}
        {view === "log" && <Log testrun={testrun} file={file} />}
        {view === "timeline" && (
          <Scrolling name="Timeline">
            <Suspense fallback={<Box sx={{ height: 400 }} />}>
              <TimelinePane testrun={testrun} onFile={onFile} />
            </Suspense>
          </Scrolling>
        )}
      </Box>
    </Paper>
  );
}

function Scrolling({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Box component="section" aria-label={name} tabIndex={0} sx={{ height: "100%", overflow: "auto", p: 2 }}>
      {children}
    </Box>
  );
}

/** The log of the selected file, or of all. */
function Log({ testrun, file }: { testrun: Testrun; file: number | null }) {
  const [whole, setWhole] = useState(false);
  return (
    <Box sx={{ height: "100%", display: "flex", flexDirection: "column" }}>
      {file !== null && (
        <FormControlLabel
          sx={{ px: 2, borderBottom: 1, borderColor: "divider", m: 0, minHeight: 36 }}
          control={<Switch size="small" checked={whole} onChange={(_, checked) => setWhole(checked)} />}
          slotProps={{ typography: { variant: "body2" } }}
          label="All files, not only the selected one"
        />
      )}
      <Box sx={{ flex: 1, minHeight: 0 }}>
        <LogPane
          key={whole ? "all" : file}
          testrun={testrun}
          file={whole ? undefined : (file ?? undefined)}
        />
      </Box>
    </Box>
  );
}
