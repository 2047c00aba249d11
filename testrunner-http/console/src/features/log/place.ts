import type { Line } from "./log-reader";

/** A line as it stands in the address: "412" or "412.17". */
export function parseLine(text: string | null): Line | null {
  const parts = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text ?? "");
  return parts ? { seq: Number(parts[1]), line: Number(parts[2] ?? 0) } : null;
}

export function lineName({ seq, line }: Line): string {
  return `${seq}.${line}`;
}
