import ChevronRight from "@mui/icons-material/ChevronRight";
import ExpandMore from "@mui/icons-material/ExpandMore";
import HourglassEmpty from "@mui/icons-material/HourglassEmpty";
import PlayCircle from "@mui/icons-material/PlayCircle";
import Box from "@mui/material/Box";
import { CountsBar } from "../../components/counts-bar";
import { OUTCOME } from "../../components/outcome";
import { duration } from "../../components/time";
import { MONO } from "../../theme";
import { total } from "./outcomes";
import type { Row } from "./tree-rows";

const TIME = {
  fontSize: "0.8rem",
  color: "text.secondary",
  whiteSpace: "nowrap",
  minWidth: 58,
  textAlign: "right",
};
const NAME = {
  flex: 1,
  minWidth: 0,
  overflow: "hidden",
  textOverflow: "ellipsis",
  whiteSpace: "nowrap",
  unicodeBidi: "isolate",
} as const;

const PART = { minWidth: 0, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "pre" } as const;

/** A file's line: outcome, path, counts, time. */
export function FileRow({
  row,
  running,
  attempt,
}: {
  row: Row & { kind: "file" };
  running: boolean;
  attempt?: number;
}) {
  const { file, open, leaf } = row;
  const attempts = Math.max(attempt ?? 1, file.attempts ?? 1);
  const cut = file.path.lastIndexOf("/") + 1;
  const Chevron = open ? ExpandMore : ChevronRight;
  return (
    <>
      <Chevron
        aria-hidden
        sx={{ fontSize: 20, color: "text.secondary", visibility: leaf ? "hidden" : "visible" }}
      />
      <FileIcon outcome={file.outcome} running={running} />
      <Box component="span" title={file.path} sx={{ ...NAME, display: "flex" }}>
        {/* Where room is short, it is the folder that gives way. */}
        <Box component="span" sx={{ ...PART, color: "text.secondary", flexShrink: 9_999 }}>
          {file.path.slice(0, cut)}
        </Box>
        <Box component="span" sx={PART}>
          {file.path.slice(cut)}
        </Box>
      </Box>
      {attempts > 1 && (
        <Box
          component="span"
          title={`The group of files that it belongs to was begun ${attempts} times`}
          sx={{ ...TIME, color: "outcome.odd", minWidth: 0 }}
        >
          {attempts} attempts
        </Box>
      )}
      {total(file.counts) > 0 && (
        <Box component="span" sx={{ display: { xs: "none", sm: "block" } }}>
          <CountsBar counts={file.counts} width={48} />
        </Box>
      )}
      <Box component="span" sx={TIME}>
        {file.duration_us != null ? duration(file.duration_us) : running ? "running" : ""}
      </Box>
    </>
  );
}

function FileIcon({
  outcome,
  running,
}: {
  outcome: keyof typeof OUTCOME | null | undefined;
  running: boolean;
}) {
  if (outcome) return <Outcome outcome={outcome} />;
  const [Icon, word, tone] = running
    ? ([PlayCircle, "running", "live"] as const)
    : ([HourglassEmpty, "waiting", "quiet"] as const);
  return <Icon titleAccess={word} sx={{ fontSize: 18, color: `outcome.${tone}` }} />;
}

/** The sign of an outcome; its word is for who cannot see it, and a tooltip. */
export function Outcome({ outcome }: { outcome: keyof typeof OUTCOME }) {
  const { Icon, tone, word } = OUTCOME[outcome];
  return <Icon titleAccess={word} sx={{ fontSize: 18, color: `outcome.${tone}` }} />;
}

/** A case's line. */
export function CaseRow({ row }: { row: Row & { kind: "case" } }) {
  const { case: name, outcome, duration_us } = row.case;
  return (
    <>
      <Box sx={{ width: 40, flexShrink: 0 }} />
      <Outcome outcome={outcome} />
      <Box
        component="span"
        title={name}
        sx={{
          ...NAME,
          fontFamily: MONO,
          fontSize: "0.8rem",
          fontStyle: row.provisional ? "italic" : undefined,
        }}
      >
        {name}
      </Box>
      {row.provisional && (
        <Box component="span" sx={{ ...TIME, minWidth: 0 }} title="Counts once its file has ended">
          provisional
        </Box>
      )}
      <Box component="span" sx={TIME}>
        {duration(duration_us)}
      </Box>
    </>
  );
}
