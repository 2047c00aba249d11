import Chip from "@mui/material/Chip";
import Stack from "@mui/material/Stack";
import type { Status, StatusCounts } from "../../api/types";
import { STATUS } from "../../components/outcome";

interface Props {
  chosen: Status[];
  counts: StatusCounts | undefined;
  onToggle: (status: Status) => void;
}

const COUNT: Record<Status, Exclude<keyof StatusCounts, "more">> = {
  CREATED: "created",
  RUNNING: "running",
  FAILED: "failed",
  SUCCESS: "success",
};

/** Of many not all are counted. */
function counted(counts: StatusCounts, status: Status) {
  const count = counts[COUNT[status]];
  return count.toLocaleString() + (counts.more && count > 0 ? "+" : "");
}

/** The statuses with how many there are of each; a click narrows the list. */
export function StatusFilter({ chosen, counts, onToggle }: Props) {
  return (
    <Stack direction="row" useFlexGap role="group" aria-label="Status" sx={{ flexWrap: "wrap", gap: 1 }}>
      {(Object.keys(STATUS) as Status[]).map((status) => {
        const { Icon, word, tone } = STATUS[status];
        const on = chosen.includes(status);
        return (
          <Chip
            key={status}
            icon={<Icon aria-hidden />}
            label={`${word} ${counts ? counted(counts, status) : "…"}`}
            variant={on ? "filled" : "outlined"}
            aria-pressed={on}
            onClick={() => onToggle(status)}
            sx={{ minWidth: 96, "& .MuiChip-icon": { color: `outcome.${tone}` } }}
          />
        );
      })}
    </Stack>
  );
}
