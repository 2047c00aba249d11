import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import type { Testrun } from "../../api/types";
import { CommandLine } from "../../components/command-line";
import { config } from "../../config";
import { commandsFor } from "./commands";

/** The same from a terminal. */
export function CommandsDialog({ testrun, onClose }: { testrun: Testrun; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="commands-title">
      <DialogTitle id="commands-title">From a terminal</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          {commandsFor(testrun, `${location.origin}${config.prefix}`).map(({ what, command }) => (
            <div key={what}>
              <Typography variant="body2" sx={{ mb: 0.5 }}>
                {what}
              </Typography>
              <CommandLine command={command} />
            </div>
          ))}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}
