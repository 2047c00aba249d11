import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";

/** What could not be read, in the server's words, with another try. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <Alert
      severity="error"
      action={
        retry && (
          <Button color="inherit" size="small" onClick={retry}>
            Try again
          </Button>
        )
      }
    >
      {error.message}
    </Alert>
  );
}
