import type { FileSpan, ItemSpan, Spans } from "./spans";

/** One slot of one worker: what it ran, one after the other. */
export interface Lane {
  worker: string;
  /** From 1. Workers do not tell which slot ran what: items that overlap need different ones. */
  slot: number;
  items: ItemSpan[];
  files: FileSpan[];
}

/** Puts items on as few slots of their workers as never run two at once. */
export function lanes(spans: Spans, now: number): Lane[] {
  const found: Lane[] = [];
  const of = new Map<string, Lane>();
  const end = (span: ItemSpan) => span.to ?? now;
  for (const span of [...spans.items].sort((a, b) => a.from - b.from)) {
    const slots = found.filter(({ worker }) => worker === span.worker);
    let lane = slots.find(({ items }) => end(items[items.length - 1] ?? span) <= span.from);
    if (!lane) {
      lane = { worker: span.worker, slot: slots.length + 1, items: [], files: [] };
      found.push(lane);
    }
    lane.items.push(span);
    of.set(`${span.item}/${span.epoch}`, lane);
  }
  for (const span of spans.files) of.get(`${span.item}/${span.epoch}`)?.files.push(span);
  const workers = [...new Set(found.map(({ worker }) => worker))];
  return found.sort((a, b) => workers.indexOf(a.worker) - workers.indexOf(b.worker) || a.slot - b.slot);
}

/** Where the time of all slots went, from the first start to the end; in microseconds. */
export interface Shares {
  /** Files ran. */
  busy: number;
  /** Items were held, but no file ran: processes started and ended, results were written. */
  around: number;
  /** Slots that were used at some time had nothing of this Testrun. */
  idle: number;
}

export function shares(all: Lane[], from: number, to: number): Shares {
  let busy = 0;
  let held = 0;
  for (const lane of all) {
    busy += covered(lane.files, to);
    held += covered(lane.items, to);
  }
  const around = Math.max(0, held - busy);
  return { busy, around, idle: Math.max(0, all.length * Math.max(0, to - from) - busy - around) };
}

/** Time that at least one of these takes. */
function covered(spans: { from: number; to: number | null }[], now: number): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const end = span.to ?? now;
    sum += Math.max(0, end - Math.max(span.from, until));
    until = Math.max(until, end);
  }
  return sum;
}
