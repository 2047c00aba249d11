import Skeleton from "@mui/material/Skeleton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { Failure } from "../../components/failure";
import { useTitle } from "../../components/title";
import { queueQuery, workersQuery } from "./queries";
import { QueueTable } from "./queue-table";
import { WorkerCard } from "./worker-card";

/** Who is there, what they hold, and what waits for them. */
export function WorkersPage() {
  useTitle("Workers");
  const workers = useQuery(workersQuery);
  const queue = useQuery(queueQuery);
  return (
    <Stack spacing={3}>
      <Typography variant="h1">Workers and queue</Typography>
      {workers.error && <Failure error={workers.error} retry={() => void workers.refetch()} />}
      <Stack spacing={1.5} component="section" aria-label="Workers">
        {!workers.data && !workers.error && <Skeleton variant="rounded" height={140} />}
        {workers.data?.workers.length === 0 && (
          <Typography color="text.secondary">
            No worker is here: what is submitted waits until one comes.
          </Typography>
        )}
        {workers.data?.workers.map((worker) => (
          <WorkerCard key={worker.id} worker={worker} />
        ))}
      </Stack>
      {queue.error && <Failure error={queue.error} retry={() => void queue.refetch()} />}
      <Stack spacing={1.5} component="section" aria-label="Queue">
        <Typography variant="h2">
          Queue{queue.data ? `: ${queue.data.ready} waiting, ${queue.data.leased} running` : ""}
        </Typography>
        {!queue.data && !queue.error && <Skeleton variant="rounded" height={120} />}
        {queue.data && <QueueTable queue={queue.data} />}
      </Stack>
    </Stack>
  );
}
