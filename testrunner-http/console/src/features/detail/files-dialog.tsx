import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Link from "@mui/material/Link";
import Skeleton from "@mui/material/Skeleton";
import { useQuery } from "@tanstack/react-query";
import { Virtuoso } from "react-virtuoso";
import { address } from "../../api/client";
import { bytes } from "../../components/bytes";
import { Failure } from "../../components/failure";
import { UserText } from "../../components/user-text";
import { filesQuery } from "./queries";

/** All files of a Testrun, to be read or saved. */
export function FilesDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { data, error, refetch } = useQuery(filesQuery(id));
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="md" aria-labelledby="files-title">
      <DialogTitle id="files-title">
        {data ? `${data.length.toLocaleString("en")} files` : "Files"} of Testrun {id}
      </DialogTitle>
      <DialogContent sx={{ height: "60vh", display: "flex", flexDirection: "column" }}>
        {error && !data && <Failure error={error} retry={() => void refetch()} />}
        {!data && !error && <Skeleton variant="rounded" height="100%" />}
        {data && (
          <Virtuoso
            style={{ flex: 1 }}
            tabIndex={0}
            aria-label="Files"
            data={data}
            itemContent={(_, { index, path, role, size, content }) => (
              <Box sx={{ display: "flex", gap: 2, py: 0.5, alignItems: "baseline" }}>
                <Box sx={{ flex: 1, minWidth: 0 }}>
                  {content ? (
                    <Link href={address(`/api/v1/testruns/${id}/files/${index}`)} download>
                      <UserText>{path}</UserText>
                    </Link>
                  ) : (
                    <UserText>{path}</UserText>
                  )}
                </Box>
                {role === "support" && <Quiet>support</Quiet>}
                {!content && <Quiet>not kept here</Quiet>}
                <Quiet>{bytes(size)}</Quiet>
              </Box>
            )}
          />
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}

function Quiet({ children }: { children: string }) {
  return (
    <Box component="span" sx={{ color: "text.secondary", fontSize: "0.8rem", whiteSpace: "nowrap" }}>
      {children}
    </Box>
  );
}
