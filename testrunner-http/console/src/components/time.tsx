import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let now = Date.now();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, 1_000);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The time in milliseconds, once a second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** A duration in microseconds, in words: "340 ms", "12.4 s", "3 min 20 s". */
export function duration(us: number): string {
  const ms = us / 1_000;
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const s = ms / 1_000;
  if (s < 60) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

function ago(us: number, at: number): string {
  const s = Math.max(0, Math.round(at / 1_000 - us / 1_000_000));
  if (s < 5) return "just now";
  if (s < 60) return `${s} s ago`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ago`;
  return `${Math.floor(s / 86_400)} d ago`;
}

/** How long ago a moment (microseconds UTC) was; the moment itself as its title. */
export function Ago({ at }: { at: number }) {
  const said = ago(at, useNow());
  const date = new Date(at / 1_000);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {said}
    </time>
  );
}

/** How long something took, or has been taking until now. */
export function Lasted({ from, to }: { from: number; to?: number | null }) {
  const until = useNow() * 1_000;
  return <span>{duration((to ?? Math.max(until, from)) - from)}</span>;
}
