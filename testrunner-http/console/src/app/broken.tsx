import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useRouteError } from "react-router";

/** The console itself failed, or a part of it could not be loaded. */
export function Broken() {
  const error = useRouteError();
  return (
    <Stack component="main" sx={{ p: 4, maxWidth: 720, mx: "auto" }}>
      <Alert
        severity="error"
        action={
          <Button color="inherit" onClick={() => location.reload()}>
            Load anew
          </Button>
        }
      >
        This page failed: {error instanceof Error ? error.message : String(error)}
      </Alert>
    </Stack>
  );
}
