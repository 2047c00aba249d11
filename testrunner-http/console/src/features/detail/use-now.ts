import { useEffect, useState } from "react";

/** The time in milliseconds, once a second for as long as it matters. */
export function useNow(goesOn = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!goesOn) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [goesOn]);
  return now;
}
