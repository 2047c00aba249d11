import ExpandMore from "@mui/icons-material/ExpandMore";
import Button from "@mui/material/Button";
import Table from "@mui/material/Table";
import TableBody from "@mui/material/TableBody";
import TableCell from "@mui/material/TableCell";
import TableHead from "@mui/material/TableHead";
import TableRow from "@mui/material/TableRow";
import { useId, useState } from "react";
import { duration } from "../../components/time";
import { type Day, percent, shortDate } from "./day-line";

const WIDE = { display: { xs: "none", sm: "table-cell" } };
const NARROW = { px: { xs: 0.5, sm: 2 } };

/** The figures of the charts. */
export function TrendTable({ days }: { days: Day[] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <Button
        size="small"
        aria-expanded={open}
        aria-controls={id}
        disabled={days.length === 0}
        endIcon={<ExpandMore sx={{ transform: open ? "rotate(180deg)" : "none" }} />}
        onClick={() => setOpen(!open)}
      >
        As figures
      </Button>
      <div id={id} hidden={!open}>
        {open && (
          <Table size="small" aria-label="By day, as figures" sx={{ fontVariantNumeric: "tabular-nums" }}>
            <TableHead>
              <TableRow>
                <TableCell sx={NARROW}>Day (UTC)</TableCell>
                <Head>Passed</Head>
                <Head>Failed</Head>
                <Head wide>Other</Head>
                <Head>Pass rate</Head>
                <Head wide>Half within</Head>
                <Head>9 of 10 within</Head>
              </TableRow>
            </TableHead>
            <TableBody>
              {days.toReversed().map((day) => (
                <TableRow key={day.date}>
                  <TableCell component="th" scope="row" sx={NARROW}>
                    <time dateTime={day.date}>{shortDate(day.date)}</time>
                  </TableCell>
                  <Cell>{day.success}</Cell>
                  <Cell>{day.failed}</Cell>
                  <Cell wide>{day.other}</Cell>
                  <Cell>{typeof day.pass_rate === "number" ? percent(day.pass_rate) : "–"}</Cell>
                  <Cell wide>{took(day.duration_p50_us)}</Cell>
                  <Cell>{took(day.duration_p90_us)}</Cell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        )}
      </div>
    </>
  );
}

function took(us: number | null | undefined): string {
  return typeof us === "number" ? duration(us) : "–";
}

function Head({ wide, children }: { wide?: boolean; children: string }) {
  return (
    <TableCell align="right" sx={wide ? WIDE : NARROW}>
      {children}
    </TableCell>
  );
}

function Cell({ wide, children }: { wide?: boolean; children: string | number }) {
  return (
    <TableCell align="right" sx={wide ? WIDE : NARROW}>
      {children}
    </TableCell>
  );
}
