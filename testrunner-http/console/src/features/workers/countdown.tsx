import { duration, useNow } from "../../components/time";

/** How long it is until a moment (microseconds UTC). */
export function Countdown({ to }: { to: number }) {
  const left = to - useNow() * 1_000;
  return <span>{left > 0 ? duration(left) : "no longer"}</span>;
}
