import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import MuiLink from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { ScheduleDocument, Testrun } from "../../api/types";
import { REASON, StatusMark } from "../../components/outcome";
import { Ago, duration, Lasted } from "../../components/time";
import { UserText } from "../../components/user-text";
import { HeaderActions } from "./header-actions";
import type { Live } from "./live";
import { Progress } from "./progress";
import { StopNote } from "./stop-note";
import { WaitingNote } from "./waiting-note";

/** Which Testrun this is, how it stands, and what can be done with it. */
export function Header({ testrun, live, gone }: { testrun: Testrun; live: Live; gone: boolean }) {
  const { id, status, reason, finished_at, started_at } = testrun;
  return (
    <Box component="header" sx={{ display: "flex", flexDirection: "column", gap: 0.75 }}>
      <Box sx={{ display: "flex", alignItems: "flex-start", gap: 1.5 }}>
        <Box
          sx={{
            display: "flex",
            flexWrap: "wrap",
            alignItems: "center",
            columnGap: 1.5,
            flex: 1,
            minWidth: 0,
          }}
        >
          <Typography variant="h1">Testrun {id}</Typography>
          <Typography component="div">
            <StatusMark status={status} />
          </Typography>
          {reason && <Typography>{REASON[reason]}</Typography>}
        </Box>
        {!gone && <HeaderActions testrun={testrun} />}
      </Box>
      <Stack
        direction="row"
        useFlexGap
        sx={{ flexWrap: "wrap", columnGap: 2, rowGap: 0.5, color: "text.secondary", alignItems: "center" }}
      >
        <Fact name="by">
          <UserText>{testrun.username}</UserText>
        </Fact>
        <Fact name="submitted">
          <Ago at={testrun.created_at} />
        </Fact>
        {started_at != null && (
          <Fact name={finished_at != null ? "took" : "running for"}>
            <Lasted from={started_at} to={finished_at} />
          </Fact>
        )}
        {testrun.schedule && <Schedule schedule={testrun.schedule} />}
        {finished_at == null && testrun.deadline != null && (
          <Fact name="has to end by">
            <time dateTime={new Date(testrun.deadline / 1_000).toISOString()}>
              {new Date(testrun.deadline / 1_000).toLocaleTimeString()}
            </time>
          </Fact>
        )}
        {testrun.retry_of != null && (
          <Fact name="rerun of">
            <MuiLink component={Link} to={`/testruns/${testrun.retry_of}`}>
              Testrun {testrun.retry_of}
            </MuiLink>
          </Fact>
        )}
        <Labels labels={testrun.labels ?? {}} />
      </Stack>
      <Progress testrun={testrun} live={live} />
      {status === "CREATED" && !gone && <WaitingNote id={id} />}
      <StopNote testrun={testrun} />
    </Box>
  );
}

/** What the plan had predicted, and what the slots waited. */
function Schedule({ schedule }: { schedule: ScheduleDocument }) {
  const { slots, predicted_us, idle_us } = schedule;
  return (
    <>
      <Fact name="predicted">{duration(predicted_us)}</Fact>
      <Fact name="idle">
        {duration(idle_us)} on {slots === 1 ? "1 slot" : `${slots.toLocaleString("en")} slots`}
      </Fact>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Typography component="span" variant="body2">
      {name}{" "}
      <Box component="span" sx={{ color: "text.primary" }}>
        {children}
      </Box>
    </Typography>
  );
}

function Labels({ labels }: { labels: Record<string, string> }) {
  return Object.entries(labels).map(([name, value]) => (
    <Chip
      key={name}
      size="small"
      variant="outlined"
      sx={{ maxWidth: "100%" }}
      label={<UserText>{`${name}=${value}`}</UserText>}
    />
  ));
}
