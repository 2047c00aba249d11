import Box from "@mui/material/Box";
import Checkbox from "@mui/material/Checkbox";
import MuiLink from "@mui/material/Link";
import Paper from "@mui/material/Paper";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";
import type { Testrun } from "../../api/types";
import { CountsBar } from "../../components/counts-bar";
import { Ago } from "../../components/time";
import { UserText } from "../../components/user-text";
import { Labels } from "./labels";
import { StatusAndReason, Took } from "./row-parts";
import type { Selection } from "./use-selection";

/** Testruns where there is no room for columns. */
export function TestrunCards({ runs, selection }: { runs: Testrun[]; selection: Selection | null }) {
  return (
    <Stack component="ul" aria-label="Testruns" spacing={1} sx={{ listStyle: "none", p: 0, m: 0 }}>
      {runs.map((run) => (
        <Paper key={run.id} component="li" variant="outlined" sx={{ p: 1.5 }}>
          <Stack direction="row" spacing={1} sx={{ alignItems: "center" }}>
            {selection && (
              <Checkbox
                size="small"
                checked={selection.ids.includes(run.id)}
                onChange={() => selection.toggle(run.id)}
                slotProps={{ input: { "aria-label": `Select Testrun ${run.id}` } }}
                sx={{ ml: -1 }}
              />
            )}
            <MuiLink
              component={Link}
              to={`/testruns/${run.id}`}
              sx={{ fontWeight: 500 }}
              aria-label={`Testrun ${run.id}`}
            >
              #{run.id}
            </MuiLink>
            <Box sx={{ flex: 1 }} />
            <StatusAndReason run={run} />
          </Stack>
          <Box sx={{ my: 1 }}>
            <CountsBar counts={run.counts.cases} width="100%" />
          </Box>
          <Typography variant="body2" color="text.secondary" component="div">
            <UserText>{run.username}</UserText> · <Ago at={run.created_at} /> · <Took run={run} />
          </Typography>
          <Box sx={{ mt: 0.5 }}>
            <Labels labels={run.labels} />
          </Box>
        </Paper>
      ))}
    </Stack>
  );
}
