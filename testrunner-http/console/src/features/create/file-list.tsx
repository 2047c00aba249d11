import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Divider from "@mui/material/Divider";
import Paper from "@mui/material/Paper";
import Typography from "@mui/material/Typography";
import { bytes } from "../../components/bytes";
import { UserText } from "../../components/user-text";
import { type Choice, commonTop, totalBytes } from "./chosen";
import { FileGroup } from "./file-group";
import type { Sorted } from "./sort-out";

interface Props {
  choice: Choice;
  sorted: Sorted;
  disabled: boolean;
  onRemove: (paths: ReadonlySet<string>) => void;
  onWithoutTop: () => void;
  onClear: () => void;
}

/** What was chosen, and what becomes of it. */
export function FileList({ choice, sorted, disabled, onRemove, onWithoutTop, onClear }: Props) {
  const top = commonTop(choice.files);
  const { archive, files } = choice;
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  return (
    <Paper variant="outlined">
      <Box
        sx={{
          display: "flex",
          alignItems: "center",
          flexWrap: "wrap",
          gap: 1,
          px: 1.5,
          py: 0.75,
          minHeight: 48,
        }}
      >
        <Typography variant="h2" sx={{ flex: 1, minWidth: 0 }}>
          {archive ? <UserText>{archive.name}</UserText> : count}
          <Typography component="span" color="textSecondary">
            {" "}
            · {bytes(totalBytes(choice))}
          </Typography>
        </Typography>
        {top !== null && (
          <Button
            size="small"
            disabled={disabled}
            onClick={onWithoutTop}
            title="Paths then begin inside this folder, and pytest starts there"
          >
            Start inside&nbsp;<UserText>{`${top}/`}</UserText>
          </Button>
        )}
        <Button size="small" color="inherit" disabled={disabled} onClick={onClear}>
          {archive ? "Remove" : "Remove all"}
        </Button>
      </Box>
      {sorted.troubles.map((trouble) => (
        <Alert key={trouble} severity="error" sx={{ mx: 1.5, mb: 1 }}>
          {trouble}
        </Alert>
      ))}
      {archive ? (
        <Typography color="textSecondary" sx={{ px: 1.5, pb: 1.5 }}>
          The server unpacks it; what is in it that pytest calls a test will run.
        </Typography>
      ) : (
        sorted.groups.map(({ role, files }) => (
          <Box key={role}>
            <Divider />
            <FileGroup
              role={role}
              files={files}
              refusals={sorted.refusals}
              disabled={disabled}
              onRemove={onRemove}
            />
          </Box>
        ))
      )}
    </Paper>
  );
}
