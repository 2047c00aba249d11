import MoreVert from "@mui/icons-material/MoreVert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Divider from "@mui/material/Divider";
import IconButton from "@mui/material/IconButton";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { useState } from "react";
import { address } from "../../api/client";
import type { Testrun } from "../../api/types";
import { CommandsDialog } from "./commands-dialog";
import { FilesDialog } from "./files-dialog";
import { useVerbs } from "./use-verbs";

/** Buttons for what is done often, a menu for the rest; on narrow screens the menu has all. */
export function HeaderActions({ testrun }: { testrun: Testrun }) {
  const { id } = testrun;
  const { verbs, question } = useVerbs(testrun);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [shown, setShown] = useState<"files" | "commands" | null>(null);
  const close = () => setAnchor(null);
  const after = (act: () => void) => () => {
    close();
    act();
  };
  return (
    <>
      <Box sx={{ display: { xs: "none", md: "flex" }, gap: 1 }}>
        {verbs
          .filter(({ name }) => name !== "Delete")
          .map(({ name, act, busy, danger }) => (
            <Button
              key={name}
              size="small"
              variant="outlined"
              color={danger ? "error" : "primary"}
              disabled={busy}
              onClick={act}
            >
              {name}
            </Button>
          ))}
        <Button size="small" onClick={() => setShown("files")}>
          Files
        </Button>
        <Button size="small" onClick={() => setShown("commands")}>
          Commands
        </Button>
      </Box>
      <IconButton
        aria-label="More about this Testrun"
        aria-haspopup="menu"
        sx={{ mt: -0.5 }}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <MoreVert />
      </IconButton>
      {/* Within the page, so that it belongs to a landmark. */}
      <Menu disablePortal anchorEl={anchor} open={anchor !== null} onClose={close}>
        {verbs.map(({ name, act, busy, danger }) => (
          <MenuItem
            key={name}
            disabled={busy}
            onClick={after(act)}
            sx={danger ? { color: "error.main" } : undefined}
          >
            {name}
          </MenuItem>
        ))}
        {verbs.length > 0 && <Divider />}
        <MenuItem onClick={after(() => setShown("files"))}>Files…</MenuItem>
        <MenuItem onClick={after(() => setShown("commands"))}>Commands…</MenuItem>
        <MenuItem
          component="a"
          href={address(`/api/v1/testruns/${id}/log`)}
          download={`testrun-${id}.log`}
          onClick={close}
        >
          Download the log
        </MenuItem>
        <MenuItem
          component="a"
          href={address(`/api/v1/testruns/${id}/junit`)}
          download={`testrun-${id}.xml`}
          onClick={close}
        >
          Download JUnit XML
        </MenuItem>
      </Menu>
      {shown === "files" && <FilesDialog id={id} onClose={() => setShown(null)} />}
      {shown === "commands" && <CommandsDialog testrun={testrun} onClose={() => setShown(null)} />}
      {question}
    </>
  );
}
