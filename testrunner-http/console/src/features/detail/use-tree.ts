import { useState } from "react";
import type { CaseOutcome, TestDocument, Testrun } from "../../api/types";
import type { Live, ShownCase } from "./live";
import { badOf, total } from "./outcomes";
import { type CaseSpec, PAGE_CASES } from "./queries";
import { type FileCases, type Row, treeRows } from "./tree-rows";
import { specName, useCasePages } from "./use-case-pages";

interface Wanted {
  testrun: Testrun;
  live: Live;
  outcomes: CaseOutcome[];
  q: string;
  /** The file that is selected is open unless it was closed. */
  selected: number | null;
  failuresFirst: boolean;
}

export interface Tree {
  rows: Row[];
  /** Matching cases are being looked for. */
  busy: boolean;
  toggle: (file: number, open: boolean) => void;
}

/** The files and cases to show: all of them, or what matches. */
export function useTree({ testrun, live, outcomes, q, selected, failuresFirst }: Wanted): Tree {
  const [toggled, setToggled] = useState<ReadonlyMap<number, boolean>>(new Map());
  const text = q.trim() || undefined;
  const filtered = outcomes.length > 0 || text !== undefined;
  const tests = testrun.tests ?? [];
  const isOpen = (file: TestDocument) => toggled.get(file.index ?? 0) ?? file.index === selected;

  const overall: CaseSpec[] = filtered
    ? (outcomes.length > 0 ? outcomes : [undefined]).map((outcome) => ({ outcome, text }))
    : [];
  // A file that matches by its name alone can be opened too.
  const opened = tests.filter(
    (file) =>
      file.outcome != null &&
      total(file.counts) > 0 &&
      (filtered ? toggled.get(file.index ?? 0) === true && fileMatches(file, [], text) : isOpen(file)),
  );
  const read = useCasePages(testrun.id, [
    ...overall,
    ...opened.flatMap((file) => specsOf(file, failuresFirst)),
  ]);

  const toggle = (file: number, open: boolean) => setToggled((old) => new Map(old).set(file, open));
  const all = (file: TestDocument) =>
    together(specsOf(file, failuresFirst).map((spec) => read.get(specName(spec))));
  if (!filtered) {
    const casesOf = (file: TestDocument) =>
      file.outcome == null ? provisional(live.files.get(file.index ?? 0)?.cases ?? []) : all(file);
    return { rows: treeRows({ files: tests, isOpen, casesOf, failuresFirst }), busy: false, toggle };
  }

  const found = together(overall.map((spec) => read.get(specName(spec))));
  const byFile = new Map<number, ShownCase[]>();
  for (const one of found.cases) {
    const those = byFile.get(one.file);
    if (those) those.push(one);
    else byFile.set(one.file, [one]);
  }
  for (const [file, { cases }] of live.files) {
    const matching = cases.filter((one) => matches(one, outcomes, text));
    if (matching.length > 0) byFile.set(file, matching);
  }
  const files = tests.filter(
    (file) => byFile.has(file.index ?? 0) || (!found.pending && fileMatches(file, outcomes, text)),
  );
  const rows = treeRows({
    files,
    isOpen: (file) => toggled.get(file.index ?? 0) ?? byFile.has(file.index ?? 0),
    casesOf: (file) => {
      const those = byFile.get(file.index ?? 0);
      if (!those && opened.includes(file)) return all(file);
      return { ...provisional(those ?? []), provisional: file.outcome == null };
    },
    failuresFirst,
    tail: found.error
      ? { key: "tail", text: found.error.message }
      : found.more && { key: `tail/${found.cases.length}`, text: "Reading more cases…", more: found.more },
  });
  return { rows, busy: found.pending, toggle };
}

/** Of a file with more than one page, what failed is read by itself when it is to come first. */
function specsOf(file: TestDocument, failuresFirst: boolean): CaseSpec[] {
  const all: CaseSpec = { file: file.index ?? 0 };
  if (!failuresFirst || total(file.counts) <= PAGE_CASES) return [all];
  return [...badOf(file.counts).map((outcome) => ({ ...all, outcome })), all];
}

function together(parts: (Omit<FileCases, "provisional"> | undefined)[]): FileCases {
  const known = new Map<number, ShownCase>();
  for (const part of parts) for (const one of part?.cases ?? []) known.set(one.seq, one);
  return {
    cases: [...known.values()].sort((a, b) => a.seq - b.seq),
    pending: parts.some((part) => part?.pending ?? true),
    error: parts.find((part) => part?.error)?.error ?? null,
    more: parts.find((part) => part?.more)?.more,
    provisional: false,
  };
}

function provisional(cases: ShownCase[]): FileCases {
  return { cases, pending: false, error: null, provisional: true };
}

function matches(one: ShownCase, outcomes: CaseOutcome[], text: string | undefined): boolean {
  if (outcomes.length > 0 && !outcomes.includes(one.outcome)) return false;
  return text === undefined || has(one.case, text) || has(one.message ?? "", text);
}

function fileMatches(file: TestDocument, outcomes: CaseOutcome[], text: string | undefined): boolean {
  const named = text === undefined || has(file.path, text) || has(file.message ?? "", text);
  return named && (outcomes.length === 0 || outcomes.some((one) => one === file.outcome));
}

function has(where: string, text: string): boolean {
  return where.toLowerCase().includes(text.toLowerCase());
}
