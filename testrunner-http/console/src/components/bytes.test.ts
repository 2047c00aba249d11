import { expect, test } from "vitest";
import { bytes } from "./bytes";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [1_023, "1023 bytes"],
  [1_024, "1 KiB"],
  [1_536, "1.5 KiB"],
  [8 << 20, "8 MiB"],
  [33_000_000, "31 MiB"],
  [3 * 2 ** 40, "3072 GiB"],
])("%d", (size, said) => {
  expect(bytes(size)).toBe(said);
});
