import type { Testrun } from "../../api/types";

/** What can be done to several Testruns at once. */
export type BulkVerb = "cancel" | "rerun" | "delete";

/** Those that a verb makes sense for: who has ended cannot be stopped, and who has not cannot be deleted. */
export function applicable(verb: BulkVerb, runs: Testrun[]): number[] {
  const fits: Record<BulkVerb, (run: Testrun) => boolean> = {
    cancel: (run) => run.finished_at == null && run.stop == null,
    rerun: () => true,
    delete: (run) => run.finished_at != null,
  };
  return runs.filter(fits[verb]).map((run) => run.id);
}

export interface BulkResult {
  done: number[];
  refused: { id: number; error: Error }[];
}

/** One after the other, so that a burst does not meet the server's bounds; each refusal is kept. */
export async function each(ids: number[], act: (id: number) => Promise<unknown>): Promise<BulkResult> {
  const result: BulkResult = { done: [], refused: [] };
  for (const id of ids) {
    try {
      await act(id);
      result.done.push(id);
    } catch (error) {
      result.refused.push({ id, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  return result;
}
