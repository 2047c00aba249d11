import type { Event, FileOutcome } from "../../api/types";

/** An item at a worker: from the moment that it was taken until it was done or taken back. */
export interface ItemSpan {
  item: number;
  epoch: number;
  worker: string;
  attempt: number;
  from: number;
  /** `null`: goes on. */
  to: number | null;
  /** Why it went back to the queue. */
  returned: string | null;
}

/** A file that ran, or runs, as part of an item. */
export interface FileSpan {
  file: number;
  item: number;
  epoch: number;
  from: number;
  to: number | null;
  /** `null` without an end: runs; `null` with one: did not come to an end, and does not count. */
  outcome: FileOutcome | null;
}

/** What ran where and when, as events tell it. */
export interface Spans {
  items: ItemSpan[];
  files: FileSpan[];
  ended: number | null;
  /** Event up to which was read. */
  seq: number;
}

export const NO_SPANS: Spans = { items: [], files: [], ended: null, seq: 0 };

/** Adds events; of output and cases nothing is kept. */
export function foldSpans(spans: Spans, events: Event[]): Spans {
  const items = spans.items.map((span) => ({ ...span }));
  const files = spans.files.map((span) => ({ ...span }));
  let { ended, seq } = spans;
  const openItem = (event: Event) =>
    items.findLast((span) => span.item === event.item && span.epoch === event.epoch && span.to === null);
  const openFile = (event: Event, file: number) =>
    files.findLast((span) => span.file === file && span.epoch === event.epoch && span.to === null);
  const close = (event: Event, returned: string | null) => {
    for (const span of files) if (span.item === event.item && span.to === null) span.to = event.at;
    const span = openItem(event) ?? items.findLast((one) => one.item === event.item && one.to === null);
    if (span) Object.assign(span, { to: event.at, returned });
  };
  for (const event of events) {
    const { body, at } = event;
    const item = event.item ?? 0;
    const epoch = event.epoch ?? 0;
    seq = event.seq;
    if (body.type === "item_started") {
      const { worker, attempt } = body;
      items.push({ item, epoch, worker, attempt, from: at, to: null, returned: null });
    } else if (body.type === "file_started") {
      files.push({ file: body.file, item, epoch, from: at, to: null, outcome: null });
    } else if (body.type === "file_finished") {
      const span = openFile(event, body.file);
      if (span) Object.assign(span, { to: at, outcome: body.outcome });
    } else if (body.type === "item_returned") close(event, body.why);
    else if (body.type === "item_finished") close(event, null);
    else if (body.type === "run_status" && (body.to === "FAILED" || body.to === "SUCCESS")) ended = at;
  }
  return { items, files, ended, seq };
}
