import BugReport from "@mui/icons-material/BugReportOutlined";
import Download from "@mui/icons-material/Download";
import Pause from "@mui/icons-material/Pause";
import PlayArrow from "@mui/icons-material/PlayArrow";
import VerticalAlignBottom from "@mui/icons-material/VerticalAlignBottom";
import VerticalAlignTop from "@mui/icons-material/VerticalAlignTop";
import WrapText from "@mui/icons-material/WrapText";
import Box from "@mui/material/Box";
import IconButton from "@mui/material/IconButton";
import ToggleButton from "@mui/material/ToggleButton";
import Tooltip from "@mui/material/Tooltip";
import type { ReactNode } from "react";
import { address } from "../../api/client";

interface Props {
  id: number;
  file: number | undefined;
  live: boolean;
  following: boolean;
  wrap: boolean;
  /** What there is to say just now. */
  said: string;
  search: ReactNode;
  onFollow: (follow: boolean) => void;
  onStart: () => void;
  onEnd: () => void;
  onFailure: () => void;
  onWrap: (wrap: boolean) => void;
}

/** What can be done with a log. */
export function LogToolbar(props: Props) {
  const { id, file, live, following, wrap, said, search } = props;
  const part = file === undefined ? "" : `?file=${file}`;
  return (
    <Box
      role="toolbar"
      aria-label="Output"
      sx={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 0.5, px: 1, py: 0.5 }}
    >
      {search}
      <Box
        role="status"
        sx={{ flex: 1, minWidth: 0, px: 1, fontSize: 13, color: "text.secondary", overflowWrap: "anywhere" }}
      >
        {said}
      </Box>
      {live &&
        (following ? (
          <Action name="Pause following" onClick={() => props.onFollow(false)} icon={<Pause />} />
        ) : (
          <Action name="Follow the output" onClick={() => props.onFollow(true)} icon={<PlayArrow />} />
        ))}
      <Action name="Go to the first failure" onClick={props.onFailure} icon={<BugReport />} />
      <Action name="Go to the start" onClick={props.onStart} icon={<VerticalAlignTop />} />
      <Action name="Go to the end" onClick={props.onEnd} icon={<VerticalAlignBottom />} />
      <Tooltip title="Wrap long lines">
        <ToggleButton
          value="wrap"
          size="small"
          selected={wrap}
          onChange={() => props.onWrap(!wrap)}
          aria-label="Wrap long lines"
          sx={{ border: 0, p: 0.75 }}
        >
          <WrapText fontSize="small" />
        </ToggleButton>
      </Tooltip>
      <Tooltip title="Download the output">
        <IconButton
          size="small"
          component="a"
          href={address(`/api/v1/testruns/${id}/log${part}`)}
          download={`testrun-${id}${file === undefined ? "" : `-${file}`}.log`}
          aria-label="Download the output"
        >
          <Download fontSize="small" />
        </IconButton>
      </Tooltip>
    </Box>
  );
}

function Action({ name, icon, onClick }: { name: string; icon: ReactNode; onClick: () => void }) {
  return (
    <Tooltip title={name}>
      <IconButton size="small" aria-label={name} onClick={onClick} sx={{ "& svg": { fontSize: 20 } }}>
        {icon}
      </IconButton>
    </Tooltip>
  );
}
