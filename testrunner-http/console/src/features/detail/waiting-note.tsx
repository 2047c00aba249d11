import Alert from "@mui/material/Alert";
import { useQuery } from "@tanstack/react-query";
import { Failure } from "../../components/failure";
import { waitingQuery } from "../testruns/queries";
import { useNow } from "./use-now";

/** What waits before a Testrun changes without a word of its own, so this is asked for now and then. */
const AGAIN_MS = 5_000;

/** Why a Testrun waits and when it will start. */
export function WaitingNote({ id }: { id: number }) {
  const { data, error, refetch } = useQuery({ ...waitingQuery(id), refetchInterval: AGAIN_MS });
  const now = useNow();
  if (!data && error) return <Failure error={error} retry={() => void refetch()} />;
  const start = data?.estimated_start;
  return (
    <Alert severity="info" icon={false} role="status" sx={{ py: 0, minHeight: 36 }}>
      {data ? `Waiting: ${data.message}.` : "Asking why it waits…"}
      {start != null && ` Expected to start ${soon(start / 1_000 - now)}.`}
    </Alert>
  );
}

function soon(ms: number): string {
  const s = Math.round(ms / 1_000);
  if (s < 5) return "any moment";
  if (s < 90) return `in about ${s} s`;
  if (s < 5_400) return `in about ${Math.round(s / 60)} min`;
  return `in about ${Math.round(s / 3_600)} h`;
}
