import { useState } from "react";
import type { Testrun } from "../../api/types";

/** Which rows of the page are chosen. */
export interface Selection {
  ids: number[];
  all: boolean;
  toggle: (id: number) => void;
  toggleAll: () => void;
  clear: () => void;
}

/** A selection among the rows that are shown; what leaves the page leaves the selection. */
export function useSelection(runs: Testrun[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const shown = runs.map((run) => run.id);
  const ids = shown.filter((id) => chosen.has(id));
  const all = shown.length > 0 && ids.length === shown.length;
  return {
    ids,
    all,
    toggle: (id) => setChosen(new Set(ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id])),
    toggleAll: () => setChosen(new Set(all ? [] : shown)),
    clear: () => setChosen(new Set()),
  };
}
