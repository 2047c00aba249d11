import CreateNewFolder from "@mui/icons-material/CreateNewFolder";
import NoteAdd from "@mui/icons-material/NoteAdd";
import UploadFile from "@mui/icons-material/UploadFile";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Paper from "@mui/material/Paper";
import Typography from "@mui/material/Typography";
import { useRef } from "react";
import type { SchemaLimits } from "../../api/schema.gen";
import { bytes } from "../../components/bytes";
import { type Found, foundInPicker } from "./found";
import { LEFT_OUT } from "./left-out";
import { usePageDrop } from "./use-page-drop";

interface Props {
  limits: SchemaLimits | null;
  disabled: boolean;
  onFound: (found: Found) => void;
}

/** Where files come in: dropped, or picked. */
export function DropZone({ limits, disabled, onFound }: Props) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const over = usePageDrop(onFound, !disabled);
  const take = (input: HTMLInputElement) => {
    onFound(foundInPicker(input.files ?? []));
    input.value = ""; // So that the same file can be picked again.
  };
  return (
    <Paper
      variant="outlined"
      sx={{
        px: 2,
        py: 3,
        textAlign: "center",
        borderStyle: "dashed",
        borderWidth: 2,
        borderColor: over ? "primary.main" : "divider",
        bgcolor: over ? "action.hover" : "background.paper",
      }}
    >
      <UploadFile aria-hidden sx={{ fontSize: 36, color: over ? "primary.main" : "outcome.quiet" }} />
      <Typography sx={{ fontWeight: 500 }}>
        {over ? "Let go to add them" : "Drop test files, folders or one archive anywhere on this page"}
      </Typography>
      <Box sx={{ display: "flex", gap: 1, justifyContent: "center", flexWrap: "wrap", my: 1.5 }}>
        <Button
          variant="outlined"
          startIcon={<NoteAdd />}
          disabled={disabled}
          onClick={() => files.current?.click()}
        >
          Choose files
        </Button>
        <Button
          variant="outlined"
          startIcon={<CreateNewFolder />}
          disabled={disabled}
          onClick={() => folder.current?.click()}
        >
          Choose a folder
        </Button>
      </Box>
      <Typography variant="body2" color="textSecondary" sx={{ minHeight: "1.43em" }}>
        {limits &&
          `At most ${limits.files} files, ${bytes(limits.file_bytes)} each, ${bytes(limits.total_bytes)} together. `}
        An archive is a .zip or .tar.gz.
      </Typography>
      <Typography variant="body2" color="textSecondary">
        Left out: {LEFT_OUT}
      </Typography>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        aria-label="Folder"
        {...{ webkitdirectory: "" }}
        onChange={(event) => take(event.currentTarget)}
      />
    </Paper>
  );
}
