import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { CaseDocument } from "../../api/types";
import { type CaseSpec, casesQuery } from "./queries";

/** What has been read of the cases that a spec names. */
export interface CasePages {
  cases: CaseDocument[];
  pending: boolean;
  error: Error | null;
  /** Reads on; absent when all is read. */
  more?: () => void;
}

export function specName({ file, outcome, text }: CaseSpec): string {
  return JSON.stringify([file, outcome, text]);
}

/** Reads cases page by page, for several specs at once; a page after the first when it is asked for. */
export function useCasePages(id: number, specs: CaseSpec[]): Map<string, CasePages> {
  const queries = useQueryClient();
  const [wanted, setWanted] = useState<Record<string, number>>({});
  const plan = specs.flatMap((spec) => {
    const name = specName(spec);
    const pages = [];
    let after = 0;
    for (let page = 0; page < (wanted[name] ?? 1); page += 1) {
      const options = casesQuery(id, spec, after);
      pages.push({ name, options });
      const next = queries.getQueryData(options.queryKey)?.next_after;
      if (next == null) break;
      after = next;
    }
    return pages;
  });
  const answers = useQueries({ queries: plan.map(({ options }) => options) });
  const read = new Map<string, CasePages>();
  plan.forEach(({ name }, at) => {
    const answer = answers[at];
    const pages = read.get(name) ?? { cases: [], pending: false, error: null };
    pages.pending ||= answer?.isPending ?? true;
    pages.error ??= answer?.data ? null : (answer?.error ?? null);
    pages.cases.push(...(answer?.data?.cases ?? []));
    const next = plan.filter((page) => page.name === name).length + 1;
    const more = answer?.data?.next_after != null;
    pages.more = more ? () => setWanted((old) => ({ ...old, [name]: next })) : undefined;
    read.set(name, pages);
  });
  return read;
}
