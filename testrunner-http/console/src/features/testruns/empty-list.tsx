import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";
import { CommandLine } from "../../components/command-line";
import { config } from "../../config";

/** Nothing was ever submitted: how to begin. */
export function NothingYet() {
  return (
    <Stack spacing={2} sx={{ alignItems: "center", textAlign: "center", py: 8, px: 2 }}>
      <Typography variant="h2">No Testruns yet</Typography>
      <Typography color="text.secondary">Submit test files from a terminal, and watch them here:</Typography>
      <CommandLine
        command={`testrunner submit test_example.py --server ${location.origin}${config.prefix}`}
      />
      <Typography color="text.secondary">or choose them in the browser:</Typography>
      <Button component={Link} to="/new" variant="contained">
        New Testrun
      </Button>
    </Stack>
  );
}

/** Nothing fits the filter. */
export function NothingFits() {
  return (
    <Stack spacing={2} sx={{ alignItems: "center", py: 8 }}>
      <Typography variant="h2">No Testrun matches</Typography>
      <Button component={Link} to="/">
        Show all
      </Button>
    </Stack>
  );
}
