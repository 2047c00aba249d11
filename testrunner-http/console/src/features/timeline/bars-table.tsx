import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import { useMemo, useState } from "react";
import { TableVirtuoso } from "react-virtuoso";
import { OUTCOME } from "../../components/outcome";
import { duration } from "../../components/time";
import { UserText } from "../../components/user-text";
import { type Lane, placeBars } from "./chart-places";

interface Props {
  lanes: Lane[];
  from: number;
  to: number;
  paths: ReadonlyMap<number, string>;
}

const ROW_PX = 30;

/** The picture in words. */
export function BarsTable({ lanes, from, to, paths }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Hide the table" : "The same as a table"}
      </Button>
      {open && <Rows lanes={lanes} from={from} to={to} paths={paths} />}
    </div>
  );
}

function Rows({ lanes, from, to, paths }: Props) {
  const bars = useMemo(() => placeBars(lanes, to).sort((a, b) => a.from - b.from), [lanes, to]);
  return (
    <Box
      sx={{
        "& table": { width: "100%", borderSpacing: 0, fontSize: "0.85rem" },
        "& th": { textAlign: "start", fontWeight: 500, py: 0.75, bgcolor: "background.paper" },
        "& td": { py: 0.5, verticalAlign: "top", borderTop: 1, borderColor: "divider" },
        "& th, & td": { pr: 2, whiteSpace: "nowrap" },
        "& td:first-of-type": { whiteSpace: "normal", width: "60%" },
      }}
    >
      <TableVirtuoso
        style={{ height: Math.min(420, (bars.length + 1) * ROW_PX + 12) }}
        tabIndex={0}
        aria-label="Files by time"
        data={bars}
        fixedHeaderContent={() => (
          <tr>
            <th scope="col">File</th>
            <th scope="col">Outcome</th>
            <th scope="col">Begun after</th>
            <th scope="col">Took</th>
            <th scope="col">Slot</th>
            <th scope="col">Attempt</th>
          </tr>
        )}
        itemContent={(_, bar) => (
          <>
            <td>
              <UserText>{paths.get(bar.file) ?? `file ${bar.file}`}</UserText>
            </td>
            <td>{bar.outcome ? OUTCOME[bar.outcome].word : bar.to === null ? "running" : "broken off"}</td>
            <td>{duration(bar.from - from)}</td>
            <td>{duration(bar.until - bar.from)}</td>
            <td>{lanes[bar.lane]?.slot}</td>
            <td>{bar.attempt}</td>
          </>
        )}
      />
    </Box>
  );
}
