import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import MuiLink from "@mui/material/Link";
import Typography from "@mui/material/Typography";
import type { TestDocument, Testrun } from "../../api/types";
import { OUTCOME } from "../../components/outcome";
import { duration } from "../../components/time";
import { UserText } from "../../components/user-text";
import { MOST_EVENTS } from "./use-spans";

const MOST = 25;

/** What can be said without reading all events: how long each file took. */
export function Slowest({ testrun, onFile }: { testrun: Testrun; onFile: (file: number) => void }) {
  const files = (testrun.tests ?? [])
    .filter((file): file is TestDocument & { duration_us: number } => file.duration_us != null)
    .sort((a, b) => b.duration_us - a.duration_us);
  const longest = files[0]?.duration_us ?? 1;
  return (
    <>
      <Alert severity="info" sx={{ mb: 2 }}>
        When and on which slot each file ran is drawn for logs of up to {MOST_EVENTS.toLocaleString("en")}{" "}
        events and 64 MB; this one has {(testrun.last_seq ?? 0).toLocaleString("en")} events. How long each
        file took is known without them.
      </Alert>
      <Typography component="h3" variant="body2" sx={{ fontWeight: 500, mb: 0.5 }}>
        {files.length > MOST
          ? `The ${MOST} slowest of ${files.length.toLocaleString("en")} files`
          : "Files by time"}
      </Typography>
      <Box component="ol" sx={{ listStyle: "none", p: 0, m: 0 }}>
        {files.slice(0, MOST).map(({ index, path, duration_us, outcome }) => (
          <Box component="li" key={index} sx={{ display: "flex", alignItems: "center", gap: 1.5, py: 0.25 }}>
            <MuiLink
              component="button"
              variant="body2"
              sx={{ width: "45%", textAlign: "start" }}
              onClick={() => onFile(index ?? 0)}
            >
              <UserText>{path}</UserText>
            </MuiLink>
            <Box aria-hidden sx={{ flex: 1 }}>
              <Box
                sx={{
                  height: 10,
                  borderRadius: 1,
                  minWidth: 2,
                  width: `${(100 * duration_us) / longest}%`,
                  bgcolor: outcome ? `outcome.${OUTCOME[outcome].tone}` : "outcome.quiet",
                }}
              />
            </Box>
            <Typography variant="body2" sx={{ minWidth: 70, textAlign: "end" }}>
              {duration(duration_us)}
            </Typography>
          </Box>
        ))}
      </Box>
    </>
  );
}
