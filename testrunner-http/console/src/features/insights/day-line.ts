import type { SchemaTrendDay } from "../../api/schema.gen";

export type Day = SchemaTrendDay;

/** Days from the first to the last without a gap, so that a day without Testruns has its place. */
export function dayLine(days: Day[]): Day[] {
  const known = new Map(days.map((day) => [day.date, day]));
  const first = days[0];
  const last = days[days.length - 1];
  if (!first || !last) return [];
  const line: Day[] = [];
  for (let date = first.date; date <= last.date; date = dayAfter(date)) {
    line.push(known.get(date) ?? { date, success: 0, failed: 0, other: 0 });
  }
  return line;
}

function dayAfter(date: string): string {
  const next = new Date(`${date}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

/** "22 Nov", in the reader's language. */
export function shortDate(date: string): string {
  const options = { day: "numeric", month: "short", timeZone: "UTC" } as const;
  return new Date(`${date}T00:00:00Z`).toLocaleDateString(undefined, options);
}

/** A share of 0 to 1. What is not all is never rounded up to all, nor what is something down to nothing. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return "over 99 %";
  if (rounded === 0 && share > 0) return "under 1 %";
  return `${rounded} %`;
}

/** "8 of 10 Testruns passed (80 %)", over all days. */
export function passedInWords(days: Day[]): string {
  const sum = (of: (day: Day) => number) => days.reduce((total, day) => total + of(day), 0);
  const good = sum((day) => day.success);
  const judged = good + sum((day) => day.failed);
  const other = sum((day) => day.other);
  const beside = other > 0 ? `; ${other} ended for other reasons and do not count` : "";
  if (judged === 0) return `No Testrun was judged by its tests${beside}.`;
  return `${good} of ${judged} Testruns passed (${percent(good / judged)})${beside}.`;
}
