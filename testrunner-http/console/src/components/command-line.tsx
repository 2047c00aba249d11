import ContentCopy from "@mui/icons-material/ContentCopy";
import IconButton from "@mui/material/IconButton";
import Paper from "@mui/material/Paper";
import Tooltip from "@mui/material/Tooltip";
import { MONO } from "../theme";
import { useNotify } from "./notices";

/** A command to copy. */
export function CommandLine({ command }: { command: string }) {
  const notify = useNotify();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      notify("Copied");
    } catch {
      notify("The browser does not let this page copy; select the command by hand.", "error");
    }
  };
  return (
    <Paper variant="outlined" sx={{ display: "flex", alignItems: "center", pl: 1.5, overflow: "hidden" }}>
      <code style={{ fontFamily: MONO, fontSize: "0.85rem", flex: 1, overflowX: "auto", whiteSpace: "pre" }}>
        {command}
      </code>
      <Tooltip title="Copy the command">
        <IconButton aria-label="Copy the command" onClick={() => void copy()}>
          <ContentCopy fontSize="small" />
        </IconButton>
      </Tooltip>
    </Paper>
  );
}
