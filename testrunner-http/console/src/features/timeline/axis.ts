const STEPS_S = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400,
  43_200, 86_400,
];

/** Round moments within a stretch of microseconds, as many as `most` at the most. */
export function ticks(length: number, most: number): number[] {
  const step = (STEPS_S.find((s) => length / (s * 1e6) <= most) ?? length / 1e6 / most) * 1e6;
  const found = [];
  for (let at = 0; at <= length; at += step) found.push(at);
  return found;
}

/** A moment on the axis: "0", "1.5 s", "2 min", "1:30 min", "3 h". */
export function tickText(us: number): string {
  const s = Math.round(us / 1e4) / 100;
  if (s === 0) return "0";
  if (s < 60) return `${s} s`;
  if (s < 3_600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)}:${pad(s % 60)} min`;
  const min = Math.round(s / 60);
  return min % 60 === 0 ? `${min / 60} h` : `${Math.floor(min / 60)}:${pad(min % 60)} h`;
}

function pad(n: number): string {
  return String(Math.round(n)).padStart(2, "0");
}
