import BugReport from "@mui/icons-material/BugReport";
import Cancel from "@mui/icons-material/Cancel";
import CheckCircle from "@mui/icons-material/CheckCircle";
import ErrorIcon from "@mui/icons-material/Error";
import HourglassEmpty from "@mui/icons-material/HourglassEmpty";
import PlayCircle from "@mui/icons-material/PlayCircle";
import RemoveCircleOutlined from "@mui/icons-material/RemoveCircleOutlined";
import SkipNext from "@mui/icons-material/SkipNext";
import TimerOff from "@mui/icons-material/TimerOff";
import Box from "@mui/material/Box";
import type { SvgIconProps } from "@mui/material/SvgIcon";
import type { ComponentType } from "react";
import type { CaseOutcome, FailReason, FileOutcome, Status } from "../api/types";

export type Tone = "good" | "bad" | "odd" | "live" | "quiet";
interface Look {
  tone: Tone;
  word: string;
  Icon: ComponentType<SvgIconProps>;
}

/** A word more in the API fails the type check here. */
export const STATUS: Record<Status, Look> = {
  CREATED: { tone: "quiet", word: "Created", Icon: HourglassEmpty },
  RUNNING: { tone: "live", word: "Running", Icon: PlayCircle },
  FAILED: { tone: "bad", word: "Failed", Icon: Cancel },
  SUCCESS: { tone: "good", word: "Success", Icon: CheckCircle },
};

export const OUTCOME: Record<CaseOutcome | FileOutcome, Look> = {
  passed: { tone: "good", word: "passed", Icon: CheckCircle },
  failed: { tone: "bad", word: "failed", Icon: Cancel },
  error: { tone: "bad", word: "error", Icon: ErrorIcon },
  errored: { tone: "bad", word: "errored", Icon: ErrorIcon },
  crashed: { tone: "bad", word: "crashed", Icon: BugReport },
  timed_out: { tone: "bad", word: "timed out", Icon: TimerOff },
  skipped: { tone: "quiet", word: "skipped", Icon: SkipNext },
  xfailed: { tone: "quiet", word: "failed as expected", Icon: RemoveCircleOutlined },
  xpassed: { tone: "odd", word: "passed unexpectedly", Icon: ErrorIcon },
  empty: { tone: "quiet", word: "no tests", Icon: RemoveCircleOutlined },
  cancelled: { tone: "quiet", word: "cancelled", Icon: Cancel },
  not_run: { tone: "quiet", word: "not run", Icon: RemoveCircleOutlined },
};

/** Why a Testrun failed, in words. */
export const REASON: Record<FailReason, string> = {
  cancelled: "cancelled",
  timed_out: "ran out of time",
  worker_lost: "its worker was lost",
  infra: "could not be run",
  tests_failed: "tests failed",
  no_tests: "no tests ran",
};

/** Colour, icon and word: none of them alone has to carry the meaning. */
export function Mark({ look, size = 18 }: { look: Look; size?: number }) {
  const { Icon, tone, word } = look;
  return (
    <Box
      component="span"
      sx={{
        display: "inline-flex",
        alignItems: "center",
        gap: 0.75,
        color: `outcome.${tone}`,
        fontWeight: 500,
        verticalAlign: "middle",
        whiteSpace: "nowrap",
      }}
    >
      <Icon aria-hidden sx={{ fontSize: size }} />
      {word}
    </Box>
  );
}

export function StatusMark({ status }: { status: Status }) {
  return <Mark look={STATUS[status]} />;
}

export function OutcomeMark({ outcome }: { outcome: CaseOutcome | FileOutcome }) {
  return <Mark look={OUTCOME[outcome]} />;
}
