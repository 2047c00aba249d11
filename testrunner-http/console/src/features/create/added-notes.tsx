import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import { UserText } from "../../components/user-text";
import type { AddedNotes as Notes } from "./use-choice";

const SHOWN = 5;

/** What became of files that were added and are not in the list. */
export function AddedNotes({ left, unread, replaced, refused }: Notes) {
  return (
    <Box role="status" sx={{ display: "grid", gap: 1, "&:empty": { mb: -2 } }}>
      {refused && <Alert severity="warning">{refused}</Alert>}
      {unread.length > 0 && (
        <Alert severity="error">
          Could not be read: <Names names={unread} />
        </Alert>
      )}
      {left.length > 0 && (
        <Alert severity="info">
          Left out: <Names names={left} />
        </Alert>
      )}
      {replaced > 0 && (
        <Alert severity="info">
          {replaced === 1 ? "1 file was there" : `${replaced} files were there`} already under the same path
          and got the newer content.
        </Alert>
      )}
    </Box>
  );
}

function Names({ names }: { names: string[] }) {
  const more = names.length - SHOWN;
  return (
    <>
      <UserText>{names.slice(0, SHOWN).join(", ")}</UserText>
      {more > 0 && ` and ${more} more`}
    </>
  );
}
