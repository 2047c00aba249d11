import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";
import { CommandLine } from "../../components/command-line";

/** There is nothing to look at, and what to do about it. */
export function NothingYet({ narrowed, onWiden }: { narrowed: boolean; onWiden: () => void }) {
  return (
    <Stack spacing={2} sx={{ alignItems: "center", textAlign: "center", py: 8 }}>
      <Typography variant="h2">
        {narrowed ? "No Testrun of this user or label has ended" : "No Testrun has ended in this time"}
      </Typography>
      {narrowed ? (
        <Button variant="contained" onClick={onWiden}>
          Look at all
        </Button>
      ) : (
        <>
          <Typography color="textSecondary">
            Pass rates, slow files and flaky cases show here once tests have run.
          </Typography>
          <CommandLine command="testrunner submit tests/" />
          <Button component={Link} to="/new" variant="contained">
            New Testrun
          </Button>
        </>
      )}
    </Stack>
  );
}
