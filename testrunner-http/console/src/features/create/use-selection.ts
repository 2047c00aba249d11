import { useQuery } from "@tanstack/react-query";
import { type Choice, NOTHING } from "./chosen";
import { selectionQuery } from "./queries";
import { sortOut } from "./sort-out";
import { useSettled } from "./use-settled";

const SETTLE_MS = 250;

/** What would run of a choice, as far as the server tells, and what keeps it from being submitted. */
export function useSelection(choice: Choice, executor: string) {
  const files = useSettled(choice.files, SETTLE_MS);
  const settledExecutor = useSettled(executor, SETTLE_MS);
  const { data: bare } = useQuery(selectionQuery(settledExecutor, NOTHING.files));
  // So many are refused without a look at them.
  const tooMany = bare !== undefined && files.length > bare.limits.files;
  const asked = selectionQuery(settledExecutor, tooMany ? NOTHING.files : files);
  const { data, error, isPlaceholderData } = useQuery(asked);
  const selection = data ?? null;
  const sorted = sortOut(choice, selection);
  const fresh = !isPlaceholderData && files === choice.files && settledExecutor === executor;
  return {
    selection,
    sorted,
    failure: error,
    obstacle: obstacle(
      choice,
      sorted.refusals.size,
      sorted.troubles.length > 0,
      fresh ? selection?.tests : undefined,
    ),
  };
}

function obstacle(
  choice: Choice,
  refused: number,
  trouble: boolean,
  tests: string[] | undefined,
): string | null {
  if (choice.archive === null && choice.files.length === 0) return "Choose at least one file.";
  if (trouble) return "There is more than the server takes.";
  if (refused > 0)
    return refused === 1 ? "Remove the refused file first." : "Remove the refused files first.";
  if (choice.archive === null && tests?.length === 0) {
    return "None of these files is a test: pytest runs test_*.py and *_test.py, or what its settings name.";
  }
  return null;
}
