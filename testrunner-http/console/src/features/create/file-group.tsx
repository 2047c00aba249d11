import Block from "@mui/icons-material/Block";
import Close from "@mui/icons-material/Close";
import Description from "@mui/icons-material/Description";
import InsertDriveFileOutlined from "@mui/icons-material/InsertDriveFileOutlined";
import PlayCircle from "@mui/icons-material/PlayCircle";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { bytes } from "../../components/bytes";
import { UserText } from "../../components/user-text";
import { MONO } from "../../theme";
import type { Chosen } from "./chosen";
import type { Role } from "./sort-out";

const LOOK = {
  refused: { title: "Refused", more: "the server would not take these", Icon: Block, tone: "outcome.bad" },
  test: { title: "Will run", more: "", Icon: PlayCircle, tone: "outcome.good" },
  support: { title: "Support", more: "sent along, not run", Icon: Description, tone: "outcome.quiet" },
  unknown: { title: "Files", more: "", Icon: InsertDriveFileOutlined, tone: "outcome.quiet" },
} satisfies Record<Role, unknown>;

/** Rows that are shown at first: more of them make the page slow. */
const SHOWN = 100;

interface Props {
  role: Role;
  files: Chosen[];
  refusals: ReadonlyMap<string, string>;
  disabled: boolean;
  onRemove: (paths: ReadonlySet<string>) => void;
}

/** Files of which the same becomes. */
export function FileGroup({ role, files, refusals, disabled, onRemove }: Props) {
  const [shown, setShown] = useState(SHOWN);
  const { title, more, Icon, tone } = LOOK[role];
  return (
    <Box component="section" aria-label={title} sx={{ py: 1 }}>
      <Box sx={{ display: "flex", alignItems: "center", gap: 1, px: 1.5, minHeight: 32 }}>
        <Icon aria-hidden sx={{ color: tone, fontSize: 18 }} />
        <Typography component="h3" sx={{ fontWeight: 500, color: tone }}>
          {title} <span>{files.length}</span>
        </Typography>
        <Typography variant="body2" color="textSecondary" sx={{ flex: 1 }}>
          {more}
        </Typography>
        {role === "refused" && (
          <Button
            size="small"
            disabled={disabled}
            onClick={() => onRemove(new Set(files.map(({ path }) => path)))}
          >
            Remove these
          </Button>
        )}
      </Box>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
        {files.slice(0, shown).map(({ path, file }) => (
          <Box
            component="li"
            key={path}
            sx={{
              display: "flex",
              alignItems: "center",
              gap: 1,
              pl: { xs: 1.5, sm: 5 },
              pr: 1,
              "&:hover": { bgcolor: "action.hover" },
            }}
          >
            <Box sx={{ flex: 1, minWidth: 0, fontFamily: MONO, fontSize: "0.85rem", py: 0.25 }}>
              <UserText>{path}</UserText>
              {refusals.has(path) && (
                <Typography variant="body2" sx={{ color: "outcome.bad" }}>
                  <UserText>{refusals.get(path) ?? ""}</UserText>
                </Typography>
              )}
            </Box>
            <Typography
              variant="body2"
              color="textSecondary"
              sx={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}
            >
              {bytes(file.size)}
            </Typography>
            <IconButton
              size="small"
              aria-label={`Remove ${path}`}
              disabled={disabled}
              onClick={() => onRemove(new Set([path]))}
            >
              <Close sx={{ fontSize: 16 }} />
            </IconButton>
          </Box>
        ))}
      </Box>
      {files.length > shown && (
        <Button size="small" sx={{ ml: { xs: 0.5, sm: 4 } }} onClick={() => setShown(shown + 10 * SHOWN)}>
          Show more of the {files.length - shown} others
        </Button>
      )}
    </Box>
  );
}
