import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import Tooltip from "@mui/material/Tooltip";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { Failure } from "../../components/failure";
import { OUTCOME } from "../../components/outcome";
import { duration } from "../../components/time";
import { historyQuery } from "./queries";

const MOST = 30;

/** How the case ended in other Testruns, newest first; each leads to its Testrun. */
export function CaseHistory({ path, name, id }: { path: string; name: string; id: number }) {
  const { data, error } = useQuery(historyQuery(path, name));
  return (
    <Box component="section" sx={{ minHeight: 62 }}>
      <Typography component="h3" variant="body2" sx={{ color: "text.secondary", fontWeight: 500, mb: 0.5 }}>
        History of this case
      </Typography>
      {error && !data && <Failure error={error} />}
      {!data && !error && <Skeleton variant="rounded" width={180} height={28} />}
      {data && data.history.length === 0 && (
        <Typography variant="body2">Not seen in a Testrun that has ended.</Typography>
      )}
      {data && data.history.length > 0 && (
        <Box
          component="ol"
          sx={{ display: "flex", flexWrap: "wrap", gap: 0.5, listStyle: "none", p: 0, m: 0 }}
        >
          {data.history.slice(0, MOST).map(({ run, outcome, duration_us, at }) => {
            const { Icon, tone, word } = OUTCOME[outcome];
            const said = `Testrun ${run}: ${word}, ${duration(duration_us)}, ${new Date(at / 1_000).toLocaleString()}`;
            return (
              <li key={run}>
                <Tooltip title={said}>
                  <Box
                    component={Link}
                    to={`/testruns/${run}`}
                    aria-label={said}
                    aria-current={run === id ? "page" : undefined}
                    sx={{
                      display: "inline-flex",
                      p: 0.5,
                      borderRadius: 1,
                      border: 1,
                      borderColor: run === id ? "primary.main" : "divider",
                      color: `outcome.${tone}`,
                    }}
                  >
                    <Icon aria-hidden sx={{ fontSize: 18 }} />
                  </Box>
                </Tooltip>
              </li>
            );
          })}
        </Box>
      )}
    </Box>
  );
}
