import KeyboardArrowDown from "@mui/icons-material/KeyboardArrowDown";
import KeyboardArrowUp from "@mui/icons-material/KeyboardArrowUp";
import Box from "@mui/material/Box";
import IconButton from "@mui/material/IconButton";
import TextField from "@mui/material/TextField";
import Tooltip from "@mui/material/Tooltip";
import { useState } from "react";
import type { Finding } from "./use-find";

/** The server looks for no more. */
const MOST = 200;

interface Props {
  text: string;
  finding: Finding;
  onLook: (text: string, backwards: boolean) => void;
  onStop: () => void;
}

/** Looks for a text in the output: Enter for the next one, Shift and Enter for the one before. */
export function SearchBox({ text, finding, onLook, onStop }: Props) {
  const [typed, setTyped] = useState(text);
  const look = (backwards: boolean) => onLook(typed, backwards);
  return (
    <Box role="search" aria-label="Output" sx={{ display: "flex", alignItems: "center" }}>
      <TextField
        size="small"
        type="search"
        placeholder="Find in the output"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") look(event.shiftKey);
          if (event.key === "Escape") onStop();
        }}
        sx={{ width: { xs: 160, md: 220 }, "& input": { py: 0.75, fontSize: 14 } }}
        slotProps={{ htmlInput: { "aria-label": "Find in the output", maxLength: MOST } }}
      />
      <Tooltip title="Next (Enter)">
        <span>
          <IconButton size="small" aria-label="Find next" disabled={typed === ""} onClick={() => look(false)}>
            <KeyboardArrowDown />
          </IconButton>
        </span>
      </Tooltip>
      <Tooltip title="Previous (Shift + Enter)">
        <span>
          <IconButton
            size="small"
            aria-label="Find previous"
            disabled={typed === ""}
            onClick={() => look(true)}
          >
            <KeyboardArrowUp />
          </IconButton>
        </span>
      </Tooltip>
      {finding.kind === "searching" && (
        <IconButton size="small" aria-label="Stop searching" onClick={onStop} sx={{ fontSize: 13 }}>
          Stop
        </IconButton>
      )}
    </Box>
  );
}

/** How looking goes, in words. */
export function findingWords(finding: Finding): string {
  switch (finding.kind) {
    case "idle":
      return "";
    case "searching":
      return finding.seq === null ? "Searching…" : `Still searching, at ${finding.seq}…`;
    case "missing":
      return finding.backwards ? "Not found further up" : "Not found further down";
    case "failed":
      return finding.error.message;
  }
}
