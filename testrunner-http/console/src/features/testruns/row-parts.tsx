import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import type { Testrun } from "../../api/types";
import { REASON, StatusMark } from "../../components/outcome";
import { Lasted } from "../../components/time";

/** The status, and why when it failed. */
export function StatusAndReason({ run }: { run: Testrun }) {
  return (
    <Box>
      <StatusMark status={run.status} />
      {run.reason && run.reason !== "tests_failed" && (
        <Typography variant="caption" color="text.secondary" component="div">
          {REASON[run.reason]}
        </Typography>
      )}
      {run.stop && run.status === "RUNNING" && (
        <Typography variant="caption" color="text.secondary" component="div">
          stopping
        </Typography>
      )}
    </Box>
  );
}

/** How long it ran, or has been running. */
export function Took({ run }: { run: Testrun }) {
  if (run.started_at == null) return <span>–</span>;
  return <Lasted from={run.started_at} to={run.finished_at} />;
}
