import { describe, expect, it } from "vitest";
import type { Testrun } from "../../api/types";
import { applicable, each } from "./bulk";

const run = (id: number, more: Partial<Testrun>) => ({ id, ...more }) as Testrun;

describe("what is done to several", () => {
  const runs = [
    run(1, { finished_at: 5 }),
    run(2, {}),
    run(3, { stop: { why: "cancel", by: "ada", at: 1 } }),
  ];

  it("is done only where it makes sense", () => {
    expect(applicable("cancel", runs)).toEqual([2]);
    expect(applicable("delete", runs)).toEqual([1]);
    expect(applicable("rerun", runs)).toEqual([1, 2, 3]);
  });

  it("goes on after a refusal, and keeps it", async () => {
    const result = await each([1, 2, 3], async (id) => {
      if (id === 2) throw new Error("not yours");
    });
    expect(result.done).toEqual([1, 3]);
    expect(result.refused.map(({ id, error }) => [id, error.message])).toEqual([[2, "not yours"]]);
  });
});
