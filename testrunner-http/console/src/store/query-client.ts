import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/errors";

/** What the server has said. The Testrun store keeps it true by the stream of changes, so nothing is polled. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // What was refused stays refused; what was not reached is tried again.
      retry: (failures, error) =>
        failures < 3 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
    mutations: { retry: false },
  },
});
