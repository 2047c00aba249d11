import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link, useLocation } from "react-router";
import { useTitle } from "../components/title";

/** No page has this address. */
export function NotFound() {
  useTitle("Not found");
  const { pathname } = useLocation();
  return (
    <Stack spacing={2} sx={{ alignItems: "center", py: 10, textAlign: "center" }}>
      <Typography variant="h1">There is no such page</Typography>
      <Typography color="text.secondary" sx={{ overflowWrap: "anywhere" }}>
        Nothing is at {pathname}
      </Typography>
      <Button component={Link} to="/" variant="contained">
        All Testruns
      </Button>
    </Stack>
  );
}
