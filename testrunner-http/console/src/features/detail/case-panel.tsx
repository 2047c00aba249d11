import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import MuiLink from "@mui/material/Link";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import type { TestDocument } from "../../api/types";
import { Failure } from "../../components/failure";
import { OutcomeMark } from "../../components/outcome";
import { duration } from "../../components/time";
import { UserText } from "../../components/user-text";
import { CaseOutput } from "../log/case-output";
import { CaseHistory } from "./case-history";
import { pytestCommand } from "./commands";
import { CopyButton } from "./copy-button";
import type { Live, ShownCase } from "./live";
import { Message } from "./message";
import { caseQuery } from "./queries";
import type { Move } from "./use-place";

interface Props {
  id: number;
  file: TestDocument;
  seq: number;
  live: Live;
  go: (move: Move) => void;
}

/** One case: how it ended, what it said, what it wrote. */
export function CasePanel({ id, file, seq, live, go }: Props) {
  const index = file.index ?? 0;
  const now = live.files.get(index)?.cases.find((one) => one.seq === seq);
  const { data, error, isPending, refetch } = useQuery({ ...caseQuery(id, index, seq), enabled: !now });
  const shown = now ?? data;
  if (shown) return <Shown id={id} file={file} shown={shown} provisional={now !== undefined} go={go} />;
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (isPending) return <Skeleton variant="rounded" height={320} />;
  return (
    <Typography sx={{ color: "text.secondary" }}>
      {file.outcome == null
        ? "This case is not recorded yet."
        : "No case of this file has this number: the attempt that it was of does not count."}
    </Typography>
  );
}

function Shown(props: {
  id: number;
  file: TestDocument;
  shown: ShownCase;
  provisional: boolean;
  go: Props["go"];
}) {
  const { id, file, shown, provisional, go } = props;
  const index = file.index ?? 0;
  return (
    <Box sx={{ display: "flex", flexDirection: "column", gap: 1.5 }}>
      <Box>
        <Typography variant="h2" sx={{ overflowWrap: "anywhere" }}>
          <UserText>{shown.case}</UserText>
        </Typography>
        <Box sx={{ display: "flex", flexWrap: "wrap", columnGap: 2, alignItems: "center", mt: 0.5 }}>
          <OutcomeMark outcome={shown.outcome} />
          <Typography variant="body2" component="span">
            {duration(shown.duration_us)}
          </Typography>
          <MuiLink
            component="button"
            variant="body2"
            onClick={() => go({ file: index, case: null })}
            sx={{ textAlign: "start" }}
          >
            <UserText>{file.path + (shown.line == null ? "" : `:${shown.line}`)}</UserText>
          </MuiLink>
          {provisional && (
            <Typography variant="body2" component="span" sx={{ color: "outcome.odd" }}>
              provisional: counts once its file has ended
            </Typography>
          )}
        </Box>
      </Box>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1 }}>
        <Button
          size="small"
          variant="outlined"
          onClick={() => go({ file: index, case: shown.seq, view: "log", at: shown.seq })}
        >
          Show in the log
        </Button>
        <CopyButton name="Copy pytest command" text={pytestCommand(file.path, shown.case)} />
      </Box>
      {shown.message && <Message key={shown.seq} text={shown.message} />}
      <Box component="section">
        <Typography component="h3" variant="body2" sx={{ color: "text.secondary", fontWeight: 500, mb: 0.5 }}>
          Its output
        </Typography>
        <CaseOutput key={shown.seq} id={id} file={index} name={shown.case} seq={shown.seq} />
      </Box>
      <CaseHistory id={id} path={file.path} name={shown.case} />
    </Box>
  );
}
