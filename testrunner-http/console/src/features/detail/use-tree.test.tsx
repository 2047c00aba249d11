import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import type { CaseCounts, CaseDocument, CaseOutcome, TestDocument, Testrun } from "../../api/types";
import { NOTHING_LIVE } from "./live";
import type { CaseSpec } from "./queries";
import { useTree } from "./use-tree";

const GET = vi.hoisted(() => vi.fn());
vi.mock("../../api/client", () => ({ api: { GET }, address: (route: string) => route }));

const PAGE = 1_000;
let all: CaseDocument[] = [];
let asked: (CaseSpec & { after: number; limit: number })[] = [];

beforeEach(() => {
  all = [];
  asked = [];
  GET.mockImplementation(async (_: string, { params }: { params: { query: (typeof asked)[number] } }) => {
    const { file, outcome, text, after, limit } = params.query;
    asked.push(params.query);
    const found = all.filter(
      (one) =>
        one.seq > after &&
        (file === undefined || one.file === file) &&
        (outcome === undefined || one.outcome === outcome) &&
        (text === undefined || one.case.includes(text)),
    );
    const cases = found.slice(0, limit);
    const next_after = found.length > limit ? cases.at(-1)?.seq : null;
    return { data: { cases, next_after }, response: new Response() };
  });
});

function has(file: number, names: string[], bad: string[] = []): TestDocument {
  const counts: CaseCounts = {
    passed: names.length - bad.length,
    failed: bad.length,
    error: 0,
    skipped: 0,
    xfailed: 0,
    xpassed: 0,
    crashed: 0,
    timed_out: 0,
  };
  const path = `test_${file}.py`;
  for (const name of names) {
    const outcome: CaseOutcome = bad.includes(name) ? "failed" : "passed";
    all.push({ seq: all.length + 1, file, path, case: name, kind: "test", outcome, duration_us: 1 });
  }
  return { index: file, path, size: 1, outcome: bad.length > 0 ? "failed" : "passed", counts };
}

function tree(tests: TestDocument[], wanted: Partial<Parameters<typeof useTree>[0]> = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const testrun = { id: 1, tests } as Testrun;
  const nothing = { testrun, live: NOTHING_LIVE, outcomes: [], q: "", selected: null, failuresFirst: false };
  return renderHook(() => useTree({ ...nothing, ...wanted }), { wrapper });
}

const numbered = (n: number) => Array.from({ length: n }, (_, at) => `test_n[${at}]`);

it("reads nothing of files that are closed", () => {
  const { result } = tree([has(0, ["a"]), has(1, ["b"])]);
  expect(result.current.rows.map(({ key }) => key)).toEqual(["f0", "f1"]);
  expect(asked).toEqual([]);
});

it("reads a file that is opened page by page, each when it is asked for", async () => {
  const { result } = tree([has(0, numbered(2 * PAGE + 5))]);
  act(() => result.current.toggle(0, true));
  for (const rows of [PAGE, 2 * PAGE]) {
    await waitFor(() => expect(result.current.rows).toHaveLength(1 + rows + 1));
    const note = result.current.rows.at(-1);
    act(() => note?.kind === "note" && note.more?.());
  }
  await waitFor(() => expect(result.current.rows).toHaveLength(1 + 2 * PAGE + 5));
  expect(asked.map(({ after }) => after)).toEqual([0, PAGE, 2 * PAGE]);
});

it("has the failures of a long file first, though they are on its last page", async () => {
  const names = numbered(2 * PAGE);
  const { result } = tree([has(0, names, [names[1_999] ?? ""])], { failuresFirst: true, selected: 0 });
  await waitFor(() => expect(result.current.rows.length).toBeGreaterThan(PAGE));
  expect(result.current.rows[1]).toMatchObject({ kind: "case", case: { case: "test_n[1999]" } });
});

it("looks for cases in all files at once, and for files by their names", async () => {
  const tests = [has(0, ["apple", "pear"]), has(1, ["apple_tree"]), has(2, ["plum"])];
  const { result } = tree(tests, { q: "apple" });
  await waitFor(() => expect(result.current.busy).toBe(false));
  expect(result.current.rows.map(({ key }) => key)).toEqual(["f0", "c1", "f1", "c3"]);
  const named = tree(tests, { q: "test_2" });
  await waitFor(() => expect(named.result.current.busy).toBe(false));
  expect(named.result.current.rows.map(({ key }) => key)).toEqual(["f2"]);
  act(() => named.result.current.toggle(2, true));
  await waitFor(() => expect(named.result.current.rows.map(({ key }) => key)).toEqual(["f2", "c4"]));
});

it("shows several outcomes together, in order", async () => {
  const tests = [has(0, ["a", "b", "c"], ["b"])];
  const { result } = tree(tests, { outcomes: ["failed", "passed"] });
  await waitFor(() => expect(result.current.rows.map(({ key }) => key)).toEqual(["f0", "c1", "c2", "c3"]));
});

it("shows what a running file has so far as provisional, and filters it too", () => {
  const running: TestDocument = { ...has(0, []), outcome: null };
  const cases = [
    { seq: 8, file: 0, case: "good", outcome: "passed" as const, duration_us: 1 },
    { seq: 9, file: 0, case: "bad", outcome: "failed" as const, duration_us: 1 },
  ];
  const live = { ...NOTHING_LIVE, files: new Map([[0, { item: 1, since: 0, now: null, cases }]]) };
  const { result } = tree([running], { live, selected: 0 });
  expect(result.current.rows.map(({ key }) => key)).toEqual(["f0", "c8", "c9"]);
  expect(result.current.rows[1]).toMatchObject({ provisional: true });
  expect(tree([running], { live, outcomes: ["failed"] }).result.current.rows.map(({ key }) => key)).toEqual([
    "f0",
    "c9",
  ]);
});
