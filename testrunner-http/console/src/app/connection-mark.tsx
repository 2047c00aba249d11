import CloudOff from "@mui/icons-material/CloudOff";
import Sensors from "@mui/icons-material/Sensors";
import Sync from "@mui/icons-material/Sync";
import Box from "@mui/material/Box";
import Tooltip from "@mui/material/Tooltip";
import type { Connection } from "../store/messages";
import { useConnection } from "../store/use-connection";

const LOOK = {
  live: { Icon: Sensors, word: "Live", tone: "outcome.good", more: "Changes are shown as they happen." },
  connecting: { Icon: Sync, word: "Connecting", tone: "outcome.quiet", more: "Waiting for the server." },
  lost: {
    Icon: CloudOff,
    word: "Disconnected",
    tone: "outcome.bad",
    more: "The server does not answer. What you see may be old; nothing is missed once it is back.",
  },
} satisfies Record<Connection, unknown>;

/** Whether what is shown is live. */
export function ConnectionMark() {
  const { Icon, word, tone, more } = LOOK[useConnection()];
  return (
    <Tooltip title={more}>
      <Box
        role="status"
        aria-live="polite"
        sx={{ display: "inline-flex", alignItems: "center", gap: 0.5, color: tone, minWidth: 28 }}
      >
        <Icon aria-hidden fontSize="small" />
        <Box component="span" sx={{ fontSize: "0.85rem" }}>
          {word}
        </Box>
      </Box>
    </Tooltip>
  );
}
