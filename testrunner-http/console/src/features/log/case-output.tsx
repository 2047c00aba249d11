import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { Failure } from "../../components/failure";
import { LogRow } from "./log-row";
import { logStyles } from "./log-styles";
import type { Row } from "./rows";
import { useCaseOutput } from "./use-case-output";

/** Lines that are shown at first, how many more each time, and how many at the most. */
const FIRST = 100;
const MORE = 400;
const MOST = 4_100;

interface Props {
  id: number;
  file: number;
  name: string;
  /** The event that recorded the case's end. */
  seq: number;
}

/** What one case has written: its last lines, and more of them when wanted. */
export function CaseOutput({ id, file, name, seq }: Props) {
  const { rows, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useCaseOutput(
    id,
    file,
    name,
    seq,
  );
  const [count, setCount] = useState(FIRST);
  if (isPending) return <Skeleton variant="rounded" height={60} />;
  const more = () => {
    setCount(count + MORE);
    if (rows.length < count + MORE && hasNextPage) void fetchNextPage();
  };
  const hidden = rows.length > count || hasNextPage;
  return (
    <Box>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {rows.length === 0 && !hidden && !error && (
        <Typography variant="body2" color="text.secondary">
          This case wrote nothing.
        </Typography>
      )}
      {hidden &&
        (count < MOST ? (
          <Button size="small" onClick={more} loading={isFetchingNextPage}>
            Show more of what came before
          </Button>
        ) : (
          <Typography variant="body2" color="text.secondary">
            What came before is in the log.
          </Typography>
        ))}
      {rows.length > 0 && (
        <Box role="group" aria-label={`Output of ${name}`} sx={STYLES}>
          {rows.slice(-count).map((row) => (
            <LogRow key={`${row.seq}.${row.line}`} row={without(row)} path="" marked={false} wanted={null} />
          ))}
        </Box>
      )}
    </Box>
  );
}

const STYLES = [{ py: 0.5, borderRadius: 1, overflow: "hidden" }, ...[logStyles(true)].flat()];

/** All lines are of the same case, so that need not be said. */
function without(row: Row): Row {
  return row.heads ? { ...row, heads: false } : row;
}
