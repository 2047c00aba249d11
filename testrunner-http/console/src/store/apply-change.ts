import type { QueryClient } from "@tanstack/react-query";
import type { Testrun, TestrunPage } from "../api/types";
import { keys } from "./keys";
import type { Change } from "./messages";
import { Throttle } from "./throttle";

/** How often at the most something is read anew because of changes. */
const AGAIN_MS = 700;
const again = new Throttle(AGAIN_MS);

/** Brings the cache up to date. Rows are patched at once; what only the server can tell is read anew, not too often. */
export function applyChange(queries: QueryClient, change: Change): void {
  if (change.type === "reset") {
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.session[0] });
    return;
  }
  const id = change.type === "testrun" ? change.testrun.id : change.id;
  const before = known(queries, id);
  if (change.type === "testrun") patch(queries, change.testrun);
  else forget(queries, id);
  const news = change.type === "deleted" || before?.status !== change.testrun.status;
  if (news) refresh(queries, "lists", keys.lists);
  if (news) refresh(queries, "queue", keys.queue);
  if (news) refresh(queries, "workers", keys.workers);
  if (change.type === "deleted") return;
  if (news || !sameFiles(before, change.testrun)) {
    refresh(queries, `testrun-${id}`, keys.testrun(id));
  }
}

function refresh(queries: QueryClient, name: string, key: readonly unknown[]): void {
  again.run(name, () => void queries.invalidateQueries({ queryKey: key }));
}

/** A Testrun as it is in the cache; `undefined` when no page shows it. */
function known(queries: QueryClient, id: number): Testrun | undefined {
  const whole = queries.getQueryData<Testrun>(keys.testrun(id));
  if (whole) return whole;
  for (const [, page] of queries.getQueriesData<TestrunPage>({ queryKey: keys.lists })) {
    const row = page?.testruns.find((testrun) => testrun.id === id);
    if (row) return row;
  }
  return undefined;
}

function patch(queries: QueryClient, testrun: Testrun): void {
  queries.setQueryData<Testrun>(keys.testrun(testrun.id), (old) => {
    if (!old || isOlder(testrun, old)) return old;
    return { ...testrun, tests: old.tests, support: old.support, schedule: old.schedule };
  });
  queries.setQueriesData<TestrunPage>({ queryKey: keys.lists }, (page) => {
    if (!page?.testruns.some((row) => row.id === testrun.id && !isOlder(testrun, row))) return page;
    return { ...page, testruns: page.testruns.map((row) => (row.id === testrun.id ? testrun : row)) };
  });
}

/** An answer may be overtaken by the stream, and the stream by an answer. */
function isOlder(one: Testrun, other: Testrun): boolean {
  return (one.last_seq ?? 0) < (other.last_seq ?? 0);
}

function forget(queries: QueryClient, id: number): void {
  queries.setQueriesData<TestrunPage>({ queryKey: keys.lists }, (page) =>
    page?.testruns.some((row) => row.id === id)
      ? { ...page, testruns: page.testruns.filter((row) => row.id !== id) }
      : page,
  );
  void queries.invalidateQueries({ queryKey: keys.testrun(id) });
}

function sameFiles(before: Testrun | undefined, now: Testrun): boolean {
  return JSON.stringify(before?.counts) === JSON.stringify(now.counts);
}
