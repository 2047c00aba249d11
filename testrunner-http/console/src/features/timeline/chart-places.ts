import { OUTCOME } from "../../components/outcome";
import { duration } from "../../components/time";
import type { Lane } from "./lanes";
import type { FileSpan } from "./spans";

export type { Lane } from "./lanes";

/** A file's bar, on a lane. */
export interface Bar extends FileSpan {
  lane: number;
  /** Its end, or now. */
  until: number;
  attempt: number;
}

/** All bars, lane by lane, each lane in order of time. */
export function placeBars(lanes: Lane[], now: number): Bar[] {
  return lanes.flatMap(({ files, items }, lane) =>
    [...files]
      .sort((a, b) => a.from - b.from)
      .map((span) => ({
        ...span,
        lane,
        until: span.to ?? now,
        attempt: items.find((one) => one.item === span.item && one.epoch === span.epoch)?.attempt ?? 1,
      })),
  );
}

/** Which bar a key leads to; `null` when it leads nowhere. */
export function nextBar(bars: Bar[], at: number, key: string): number | null {
  const bar = bars[at];
  if (!bar) return null;
  if (key === "Home") return 0;
  if (key === "End") return bars.length - 1;
  if (key === "ArrowRight") return Math.min(at + 1, bars.length - 1);
  if (key === "ArrowLeft") return Math.max(at - 1, 0);
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  const lane = bar.lane + (key === "ArrowDown" ? 1 : -1);
  let best: number | null = null;
  for (const [i, one] of bars.entries()) {
    if (one.lane !== lane) continue;
    const known = best === null ? undefined : bars[best];
    if (!known || Math.abs(one.from - bar.from) < Math.abs(known.from - bar.from)) best = i;
  }
  return best ?? at;
}

/** A bar in words: whose it is, and how it was. */
export function barWords(
  bar: Bar,
  lanes: Lane[],
  paths: ReadonlyMap<number, string>,
): { path: string; told: string } {
  const slot = lanes[bar.lane]?.slot ?? 1;
  const end = bar.outcome ? OUTCOME[bar.outcome].word : bar.to === null ? "running" : "broken off";
  const again = bar.attempt > 1 ? `, attempt ${bar.attempt}` : "";
  return {
    path: paths.get(bar.file) ?? `file ${bar.file}`,
    told: `${end}, ${duration(bar.until - bar.from)}${again}, slot ${slot}`,
  };
}
