import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import type { TestDocument, Testrun } from "../../api/types";
import { CountsBar, words } from "../../components/counts-bar";
import { OutcomeMark } from "../../components/outcome";
import { duration, Lasted } from "../../components/time";
import { UserText } from "../../components/user-text";
import { pytestCommand } from "./commands";
import { CopyButton } from "./copy-button";
import type { Live } from "./live";
import { Message } from "./message";
import type { Move } from "./use-place";

interface Props {
  testrun: Testrun;
  file: TestDocument;
  live: Live;
  go: (move: Move) => void;
}

/** One file as a whole. */
export function FilePanel({ testrun, file, live, go }: Props) {
  const index = file.index ?? 0;
  const running = live.files.get(index);
  return (
    <Box sx={{ display: "flex", flexDirection: "column", gap: 1.5 }}>
      <Box>
        <Typography variant="h2" sx={{ overflowWrap: "anywhere" }}>
          <UserText>{file.path}</UserText>
        </Typography>
        <Box
          sx={{
            display: "flex",
            flexWrap: "wrap",
            columnGap: 2,
            alignItems: "center",
            mt: 0.5,
            minHeight: 24,
          }}
        >
          {file.outcome != null && <OutcomeMark outcome={file.outcome} />}
          {file.duration_us != null && (
            <Typography variant="body2" component="span">
              {duration(file.duration_us)}
            </Typography>
          )}
          {file.outcome == null && (
            <Typography variant="body2" component="span" role="status">
              {running ? (
                <>
                  Running for <Lasted from={running.since} />
                  {running.now !== null && (
                    <>
                      {", now "}
                      <UserText>{running.now}</UserText>
                    </>
                  )}
                </>
              ) : testrun.finished_at != null ? (
                "It was never run."
              ) : (
                "It waits for its turn."
              )}
            </Typography>
          )}
        </Box>
      </Box>
      <Box sx={{ display: "flex", alignItems: "center", flexWrap: "wrap", columnGap: 1.5 }}>
        <CountsBar counts={file.counts} width={160} />
        <Typography variant="body2">
          {running && running.cases.length > 0
            ? `${running.cases.length.toLocaleString("en")} cases so far, provisional`
            : words(file.counts)}
          {file.collected != null && ` · ${file.reported ?? 0} of ${file.collected} tests reported`}
        </Typography>
      </Box>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1 }}>
        <Button
          size="small"
          variant="outlined"
          onClick={() => go({ file: index, case: null, view: "log", at: null })}
        >
          Show its log
        </Button>
        <CopyButton name="Copy pytest command" text={pytestCommand(file.path, null)} />
      </Box>
      {file.message && <Message text={file.message} />}
    </Box>
  );
}
