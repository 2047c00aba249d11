import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../store/keys";

/** Asks a Testrun to stop. */
export function useCancel() {
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(api.POST("/api/v1/testruns/{id}/cancel", { params: { path: { id } } })),
  });
}

/** Submits a Testrun once more, all of it or what failed. */
export function useRerun() {
  return useMutation({
    mutationFn: ({ id, failed }: { id: number; failed: boolean }) =>
      unwrap(
        api.POST("/api/v1/testruns/{id}/rerun", {
          params: { path: { id }, header: { "Idempotency-Key": idempotencyKey() } },
          body: { failed },
        }),
      ),
  });
}

/** Deletes an ended Testrun. */
export function useDelete() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => unwrap(api.DELETE("/api/v1/testruns/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.lists }),
  });
}

/** A key that makes a request that is sent twice count once. */
export function idempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16)).join("-");
}
