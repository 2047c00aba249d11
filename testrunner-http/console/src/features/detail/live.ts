import type { CaseDocument, Event } from "../../api/types";

/** A case as far as pages show it; of a file that still runs it may yet be taken back. */
export type ShownCase = Pick<
  CaseDocument,
  "seq" | "file" | "case" | "outcome" | "duration_us" | "message" | "line"
>;

export interface LiveFile {
  item: number | null;
  /** When it was heard of first. */
  since: number;
  cases: ShownCase[];
  /** The case that runs now. */
  now: string | null;
}

/** What runs now, as events tell it. */
export interface Live {
  files: ReadonlyMap<number, LiveFile>;
  /** Attempts of items, where there was more than one. */
  attempts: ReadonlyMap<number, number>;
}

export const NOTHING_LIVE: Live = { files: new Map(), attempts: new Map() };

/** Adds events. A file that ends leaves: from then on the server is asked for its cases. */
export function foldLive(live: Live, events: Event[]): Live {
  const files = new Map(live.files);
  const attempts = new Map(live.attempts);
  const copied = new Set<number>();
  const runs = (event: Event, file: number): LiveFile => {
    const known = files.get(file);
    if (known && copied.has(file)) return known;
    const next = known
      ? { ...known, cases: [...known.cases] }
      : { item: event.item ?? null, since: event.at, cases: [], now: null };
    copied.add(file);
    files.set(file, next);
    return next;
  };
  for (const event of events) {
    const { body } = event;
    switch (body.type) {
      case "item_started":
        if (event.item != null && body.attempt > 1) attempts.set(event.item, body.attempt);
        break;
      case "file_started":
        // Another attempt begins with nothing.
        files.set(body.file, { item: event.item ?? null, since: event.at, cases: [], now: null });
        copied.add(body.file);
        break;
      case "case_started":
        runs(event, body.file).now = body.case;
        break;
      case "case": {
        const file = runs(event, body.file);
        if (file.now === body.case) file.now = null;
        file.cases.push({ ...body, seq: event.seq });
        break;
      }
      case "log":
        runs(event, body.file);
        break;
      case "file_finished":
        files.delete(body.file);
        break;
      case "item_returned":
      case "item_finished":
        for (const [file, { item }] of files) if (item === event.item) files.delete(file);
        break;
      case "run_status":
        if (body.to === "FAILED" || body.to === "SUCCESS") files.clear();
        break;
    }
  }
  return { files, attempts };
}
