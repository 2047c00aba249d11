import Close from "@mui/icons-material/Close";
import Box from "@mui/material/Box";
import Drawer from "@mui/material/Drawer";
import IconButton from "@mui/material/IconButton";
import Typography from "@mui/material/Typography";
import { UserText } from "../../components/user-text";
import { MONO } from "../../theme";
import { CaseHistoryView } from "./case-history";
import type { Filter } from "./filter";
import type { CaseName } from "./queries";

interface Props {
  /** Which case; `null` when none is open. */
  which: CaseName | null;
  filter: Filter;
  onClose: () => void;
}

/** One case over many Testruns, at the side. */
export function HistoryDrawer({ which, filter, onClose }: Props) {
  return (
    <Drawer
      anchor="right"
      open={which !== null}
      onClose={onClose}
      slotProps={{
        paper: {
          role: "dialog",
          "aria-labelledby": "history-title",
          sx: { width: "min(620px, 100vw)", backgroundImage: "none" },
        },
      }}
    >
      {which && (
        <Box sx={{ p: { xs: 1.5, sm: 3 }, minWidth: 0 }}>
          <Box sx={{ display: "flex", alignItems: "start", gap: 1 }}>
            <Box sx={{ flex: 1, minWidth: 0 }}>
              <Typography id="history-title" variant="h2" sx={{ fontFamily: MONO }}>
                <UserText>{which.case}</UserText>
              </Typography>
              <Typography variant="body2" color="textSecondary" sx={{ fontFamily: MONO }}>
                <UserText>{which.path}</UserText>
              </Typography>
            </Box>
            <IconButton aria-label="Close the history" onClick={onClose}>
              <Close />
            </IconButton>
          </Box>
          <CaseHistoryView which={which} filter={filter} />
        </Box>
      )}
    </Drawer>
  );
}
