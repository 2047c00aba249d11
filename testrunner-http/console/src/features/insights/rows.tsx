import Link from "@mui/material/Link";
import Skeleton from "@mui/material/Skeleton";
import Table from "@mui/material/Table";
import TableBody from "@mui/material/TableBody";
import TableCell from "@mui/material/TableCell";
import TableHead from "@mui/material/TableHead";
import TableRow from "@mui/material/TableRow";
import Typography from "@mui/material/Typography";
import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router";

export interface Column<T> {
  title: string;
  cell: (row: T) => ReactNode;
  right?: boolean;
  /** Left out where there is no room. */
  wide?: boolean;
  width?: number;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[] | undefined;
  nameOf: (row: T) => string;
  /** What it means that there are none. */
  none: string;
}

/** A small table with room reserved while it is read. */
export function Rows<T>({ label, columns, rows, nameOf, none }: Props<T>) {
  if (!rows) return <Skeleton variant="rounded" height={240} />;
  if (rows.length === 0) return <Typography color="textSecondary">{none}</Typography>;
  const style = ({ wide, width }: Column<T>) => ({
    ...(wide && { display: { xs: "none", sm: "table-cell" } }),
    ...(width && { width }),
    px: 0.75,
    py: 0.5,
    fontVariantNumeric: "tabular-nums",
  });
  return (
    <Table size="small" aria-label={label}>
      <TableHead>
        <TableRow>
          {columns.map((column) => (
            <TableCell key={column.title} align={column.right ? "right" : "left"} sx={style(column)}>
              {column.title}
            </TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {rows.map((row) => (
          <TableRow key={nameOf(row)} hover>
            {columns.map((column) => (
              <TableCell key={column.title} align={column.right ? "right" : "left"} sx={style(column)}>
                {column.cell(row)}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

export function TestrunLink({ id }: { id: number }) {
  return (
    <Link component={RouterLink} to={`/testruns/${id}`} aria-label={`Testrun ${id}`}>
      #{id}
    </Link>
  );
}
