import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { CaseOutcome } from "../../api/types";
import { OUTCOMES } from "./outcomes";

const VIEWS = ["tests", "case", "log", "timeline"] as const;
export type View = (typeof VIEWS)[number];

/** What the address says is shown. */
export interface Place {
  file: number | null;
  /** The event that recorded the case. */
  case: number | null;
  view: View | null;
  outcomes: CaseOutcome[];
  q: string;
}

/** Changes of the address; what is `null` goes. */
export type Move = Partial<Record<"file" | "case" | "view" | "q" | "at", string | number | null>> & {
  outcomes?: CaseOutcome[];
};

export function usePlace(): [Place, (move: Move) => void] {
  const [params, setParams] = useSearchParams();
  const place = useMemo(() => readPlace(params), [params]);
  const go = useCallback(
    (move: Move) => setParams((old) => movePlace(old, move), { replace: true }),
    [setParams],
  );
  return [place, go];
}

export function readPlace(params: URLSearchParams): Place {
  const view = params.get("view");
  return {
    file: number(params.get("file")),
    case: number(params.get("case")),
    view: VIEWS.find((one) => one === view) ?? null,
    outcomes: OUTCOMES.filter((outcome) => params.getAll("outcome").includes(outcome)),
    q: (params.get("q") ?? "").slice(0, 200),
  };
}

export function movePlace(old: URLSearchParams, { outcomes, ...move }: Move): URLSearchParams {
  const params = new URLSearchParams(old);
  for (const [name, value] of Object.entries(move)) {
    if (value === null || value === "") params.delete(name);
    else if (value !== undefined) params.set(name, String(value));
  }
  if (outcomes) {
    params.delete("outcome");
    for (const outcome of outcomes) params.append("outcome", outcome);
  }
  return params;
}

function number(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
