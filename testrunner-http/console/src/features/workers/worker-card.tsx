import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import Paper from "@mui/material/Paper";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import type { WorkerDocument } from "../../api/types";
import { MONO } from "../../theme";
import { ItemLink } from "./item-link";

/** One worker with its slots. */
export function WorkerCard({ worker }: { worker: WorkerDocument }) {
  const slots = worker.slots ?? worker.items.length;
  const free = Math.max(0, slots - worker.items.length);
  return (
    <Paper variant="outlined" component="article" aria-label={`Worker ${worker.id}`} sx={{ p: 2 }}>
      <Stack direction="row" useFlexGap sx={{ alignItems: "center", flexWrap: "wrap", gap: 1, mb: 1.5 }}>
        <Typography variant="h2" sx={{ fontFamily: MONO, fontSize: "1rem", overflowWrap: "anywhere" }}>
          {worker.id}
        </Typography>
        {worker.local && <Chip size="small" label="in this server" />}
        {worker.draining && <Chip size="small" color="warning" label="ending" />}
        {worker.executors?.map((executor) => (
          <Chip key={executor} size="small" variant="outlined" label={executor} />
        ))}
        {Object.entries(worker.labels ?? {}).map(([key, value]) => (
          <Chip key={key} size="small" variant="outlined" label={`${key}=${value}`} />
        ))}
        <Typography color="text.secondary" variant="body2">
          {worker.slots === null || worker.slots === undefined
            ? "not heard of lately; still holds what is shown"
            : `${worker.items.length} of ${slots} slots busy`}
        </Typography>
      </Stack>
      <Box
        sx={{
          display: "grid",
          gap: 1,
          gridTemplateColumns: "repeat(auto-fill, minmax(min(260px, 100%), 1fr))",
        }}
      >
        {worker.items.map((item) => (
          <Paper key={item.id} variant="outlined" sx={{ p: 1.25, borderColor: "outcome.live" }}>
            <ItemLink item={item} />
          </Paper>
        ))}
        {Array.from({ length: Math.min(free, 64) }, (_, n) => (
          <Paper
            // biome-ignore lint/suspicious/noArrayIndexKey: free slots are all alike.
            key={`free-${n}`}
            variant="outlined"
            sx={{
              p: 1.25,
              borderStyle: "dashed",
              color: "text.secondary",
              minHeight: 62,
              display: "grid",
              placeItems: "center",
            }}
          >
            free slot
          </Paper>
        ))}
      </Box>
    </Paper>
  );
}
