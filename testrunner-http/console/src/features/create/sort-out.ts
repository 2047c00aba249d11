import type { Selection } from "../../api/types";
import { bytes } from "../../components/bytes";
import { type Choice, type Chosen, totalBytes } from "./chosen";

export type Role = "refused" | "test" | "support" | "unknown";

export interface Sorted {
  groups: { role: Role; files: Chosen[] }[];
  /** Why a file is refused, by path. */
  refusals: ReadonlyMap<string, string>;
  /** What is wrong with all of them together. */
  troubles: string[];
}

const ORDER: Role[] = ["refused", "test", "support", "unknown"];

/** Sorts files by what the server would do with them; without its word all are of unknown role. */
export function sortOut(choice: Choice, selection: Selection | null): Sorted {
  const refusals = new Map<string, string>();
  const tests = new Set(selection?.tests);
  const support = new Set(selection?.support);
  for (const { path, detail } of selection?.refused ?? []) refusals.set(path, detail);
  const most = selection?.limits.file_bytes ?? Number.POSITIVE_INFINITY;
  for (const { path, file } of choice.files) {
    if (file.size > most)
      refusals.set(path, `It has ${bytes(file.size)}; at most ${bytes(most)} are allowed.`);
  }
  const role = ({ path }: Chosen): Role => {
    if (refusals.has(path)) return "refused";
    if (tests.has(path)) return "test";
    return support.has(path) ? "support" : "unknown";
  };
  const groups = ORDER.map((name) => ({
    role: name,
    files: choice.files.filter((file) => role(file) === name),
  }));
  return {
    groups: groups.filter(({ files }) => files.length > 0),
    refusals,
    troubles: selection ? troubles(choice, selection) : [],
  };
}

function troubles(choice: Choice, { limits }: Selection): string[] {
  const found: string[] = [];
  const { length } = choice.files;
  const total = totalBytes(choice);
  if (length > limits.files) found.push(`${length} files are more than the ${limits.files} allowed.`);
  if (total > limits.total_bytes) {
    const what = choice.archive ? "The archive has" : "Together the files have";
    found.push(`${what} ${bytes(total)}; at most ${bytes(limits.total_bytes)} are allowed.`);
  }
  return found;
}
