const UNITS = ["KiB", "MiB", "GiB"];

/** A size in words: "340 bytes", "1.5 KiB", "32 MiB". */
export function bytes(size: number): string {
  if (size < 1_024) return size === 1 ? "1 byte" : `${size} bytes`;
  let value = size;
  let unit = "";
  for (unit of UNITS) {
    value /= 1_024;
    if (value < 1_024) break;
  }
  const text = value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value).toString();
  return `${text} ${unit}`;
}
