import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogContentText from "@mui/material/DialogContentText";
import DialogTitle from "@mui/material/DialogTitle";
import { useEffect } from "react";
import { useBlocker } from "react-router";

/** Asks before somebody leaves the page in the middle of an upload. */
export function LeaveGuard({ uploading, onLeave }: { uploading: boolean; onLeave: () => void }) {
  const blocker = useBlocker(uploading);
  const { state } = blocker;
  useEffect(() => {
    if (!uploading) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [uploading]);
  useEffect(() => {
    // It ended while the question was open: there is nothing left to ask.
    if (!uploading && state === "blocked") blocker.reset();
  }, [uploading, state, blocker]);
  return (
    <Dialog open={state === "blocked"} onClose={() => blocker.reset?.()} aria-labelledby="leave-title">
      <DialogTitle id="leave-title">Stop the upload?</DialogTitle>
      <DialogContent>
        <DialogContentText>The Testrun is not submitted until all files are sent.</DialogContentText>
      </DialogContent>
      <DialogActions>
        <Button onClick={() => blocker.reset?.()}>Stay</Button>
        <Button
          color="error"
          variant="contained"
          onClick={() => {
            blocker.proceed?.();
            onLeave();
          }}
        >
          Leave
        </Button>
      </DialogActions>
    </Dialog>
  );
}
