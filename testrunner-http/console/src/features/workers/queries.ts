import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../store/keys";

/** Leases are not told by the stream; while somebody looks, they are asked for. */
const AGAIN_MS = 5_000;

export const workersQuery = queryOptions({
  queryKey: keys.workers,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/workers", { signal })),
  refetchInterval: AGAIN_MS,
});

export const queueQuery = queryOptions({
  queryKey: keys.queue,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/queue", { signal, params: { query: { limit: 200 } } })),
  refetchInterval: AGAIN_MS,
});
