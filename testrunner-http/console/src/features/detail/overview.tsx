import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import type { FailReason, Testrun } from "../../api/types";
import { UserText } from "../../components/user-text";
import type { Live } from "./live";
import type { Failure } from "./use-first-failure";
import type { Move } from "./use-place";

const HINT: Record<FailReason, string> = {
  cancelled: "It was cancelled before all of it was run.",
  timed_out: "It ran longer than it was allowed to.",
  worker_lost: "The worker that ran it was lost again and again.",
  infra: "It could not be run; the log tells more.",
  tests_failed: "Tests failed.",
  no_tests: "There were no tests in its files, or none were selected.",
};

interface Props {
  testrun: Testrun;
  live: Live;
  failure: Failure | null | undefined;
  go: (move: Move) => void;
}

/** What is said while nothing is selected. */
export function Overview({ testrun, live, failure, go }: Props) {
  const { status, reason } = testrun;
  const running = [...live.files.keys()];
  return (
    <>
      {failure && (
        <Alert
          severity="error"
          role="status"
          sx={{ mb: 1.5 }}
          action={
            <Button
              color="inherit"
              size="small"
              sx={{ whiteSpace: "nowrap" }}
              onClick={() => go({ file: failure.file, case: failure.case, view: "case" })}
            >
              Show it
            </Button>
          }
        >
          First failure: <UserText>{failure.name ?? pathOf(testrun, failure.file)}</UserText>
        </Alert>
      )}
      <Typography sx={{ color: "text.secondary" }}>
        {status === "SUCCESS" && "Nothing failed. "}
        {reason != null && `${HINT[reason]} `}
        {status === "CREATED" && "It has not begun. "}
        {status === "RUNNING" && running.length === 0 && "Workers prepare it. "}
        Choose a file or a case to see what it said.
      </Typography>
      {running.length > 0 && (
        <>
          <Typography component="h2" variant="body2" sx={{ mt: 2, fontWeight: 500 }}>
            Running now
          </Typography>
          <ul style={{ margin: 0, paddingInlineStart: 20 }}>
            {running.map((file) => (
              <li key={file}>
                <UserText>{pathOf(testrun, file)}</UserText>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function pathOf(testrun: Testrun, file: number): string {
  return testrun.tests?.find(({ index }) => index === file)?.path ?? `file ${file}`;
}
