import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";

/** There is no such Testrun. */
export function NotThere({ message }: { message: string }) {
  return (
    <Stack spacing={2} sx={{ alignItems: "center", py: 10, textAlign: "center" }}>
      <Typography variant="h1">Not found</Typography>
      <Typography sx={{ color: "text.secondary", overflowWrap: "anywhere" }}>{message}</Typography>
      <Button component={Link} to="/" variant="contained">
        All Testruns
      </Button>
    </Stack>
  );
}
