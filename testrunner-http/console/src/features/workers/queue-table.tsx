import MuiLink from "@mui/material/Link";
import Paper from "@mui/material/Paper";
import Table from "@mui/material/Table";
import TableBody from "@mui/material/TableBody";
import TableCell from "@mui/material/TableCell";
import TableContainer from "@mui/material/TableContainer";
import TableHead from "@mui/material/TableHead";
import TableRow from "@mui/material/TableRow";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";
import type { OpenItemDocument, QueueDocument } from "../../api/types";
import { duration } from "../../components/time";
import { Countdown } from "./countdown";

/** What waits, in the order in which it will be taken. */
export function QueueTable({ queue }: { queue: QueueDocument }) {
  const waiting = queue.items.filter((item) => item.state === "ready");
  if (waiting.length === 0) return <Typography color="text.secondary">Nothing waits.</Typography>;
  return (
    <TableContainer component={Paper} variant="outlined" tabIndex={0} aria-label="What waits">
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>Testrun</TableCell>
            <TableCell align="right">Files</TableCell>
            <TableCell align="right">Expected</TableCell>
            <TableCell align="right">Priority</TableCell>
            <TableCell>Executor</TableCell>
            <TableCell>Why it waits</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {waiting.map((item) => (
            <TableRow key={item.id} hover>
              <TableCell>
                <MuiLink component={Link} to={`/testruns/${item.run}`}>
                  #{item.run}
                </MuiLink>
              </TableCell>
              <TableCell align="right">{item.files}</TableCell>
              <TableCell align="right">{duration(item.weight_us)}</TableCell>
              <TableCell align="right">{item.priority}</TableCell>
              <TableCell>{item.executor}</TableCell>
              <TableCell>
                <Why item={item} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}

function Why({ item }: { item: OpenItemDocument }) {
  if (item.not_before != null && item.not_before > Date.now() * 1_000) {
    return (
      <>
        tried {item.attempts} times; again in <Countdown to={item.not_before} />
      </>
    );
  }
  return item.pinned ? "runs only in the program that submitted it" : "for a free slot";
}
