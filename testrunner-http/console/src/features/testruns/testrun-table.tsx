import Checkbox from "@mui/material/Checkbox";
import MuiLink from "@mui/material/Link";
import Table from "@mui/material/Table";
import TableBody from "@mui/material/TableBody";
import TableCell from "@mui/material/TableCell";
import TableHead from "@mui/material/TableHead";
import TableRow from "@mui/material/TableRow";
import { Link } from "react-router";
import type { Testrun } from "../../api/types";
import { CountsBar } from "../../components/counts-bar";
import { Ago } from "../../components/time";
import { UserText } from "../../components/user-text";
import { Labels } from "./labels";
import { StatusAndReason, Took } from "./row-parts";
import type { Selection } from "./use-selection";

/** Testruns as rows; columns have fixed widths, so that nothing moves when a row changes. */
export function TestrunTable({ runs, selection }: { runs: Testrun[]; selection: Selection | null }) {
  return (
    <Table size="small" aria-label="Testruns" sx={{ tableLayout: "fixed" }}>
      <TableHead>
        <TableRow>
          {selection && (
            <TableCell padding="checkbox" sx={{ width: 48 }}>
              <Checkbox
                size="small"
                checked={selection.all}
                indeterminate={selection.ids.length > 0 && !selection.all}
                onChange={selection.toggleAll}
                slotProps={{ input: { "aria-label": "Select all on this page" } }}
              />
            </TableCell>
          )}
          <TableCell sx={{ width: 84 }}>Id</TableCell>
          <TableCell sx={{ width: 150 }}>Status</TableCell>
          <TableCell>User</TableCell>
          <TableCell sx={{ width: 160 }}>Cases</TableCell>
          <TableCell sx={{ width: 110 }}>Duration</TableCell>
          <TableCell sx={{ width: 120 }}>Submitted</TableCell>
          <TableCell sx={{ width: "28%" }}>Labels</TableCell>
        </TableRow>
      </TableHead>
      <TableBody>
        {runs.map((run) => (
          <TableRow key={run.id} hover selected={selection?.ids.includes(run.id)} sx={{ height: 53 }}>
            {selection && (
              <TableCell padding="checkbox">
                <Checkbox
                  size="small"
                  checked={selection.ids.includes(run.id)}
                  onChange={() => selection.toggle(run.id)}
                  slotProps={{ input: { "aria-label": `Select Testrun ${run.id}` } }}
                />
              </TableCell>
            )}
            <TableCell>
              <MuiLink
                component={Link}
                to={`/testruns/${run.id}`}
                sx={{ fontWeight: 500 }}
                aria-label={`Testrun ${run.id}`}
              >
                #{run.id}
              </MuiLink>
            </TableCell>
            <TableCell>
              <StatusAndReason run={run} />
            </TableCell>
            <TableCell>
              <UserText>{run.username}</UserText>
            </TableCell>
            <TableCell>
              <CountsBar counts={run.counts.cases} />
            </TableCell>
            <TableCell>
              <Took run={run} />
            </TableCell>
            <TableCell>
              <Ago at={run.created_at} />
            </TableCell>
            <TableCell>
              <Labels labels={run.labels} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
