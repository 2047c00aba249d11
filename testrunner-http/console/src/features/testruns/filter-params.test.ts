import { describe, expect, it } from "vitest";
import { changed, filterOf, isNarrowed, toggled } from "./filter-params";

describe("the filter of an address", () => {
  it("is empty without parameters", () => {
    expect(isNarrowed(filterOf(new URLSearchParams()))).toBe(false);
    expect(isNarrowed(filterOf(new URLSearchParams("cursor=abc")))).toBe(false);
  });

  it("leaves out what the API would refuse", () => {
    const filter = filterOf(
      new URLSearchParams("status=FAILED&status=BROKEN&status=toString&from=yesterday&label="),
    );
    expect(filter).toEqual({ status: ["FAILED"] });
  });

  it("takes a last day as a whole", () => {
    const { created_from, created_before } = filterOf(new URLSearchParams("from=2026-11-23&to=2026-11-23"));
    expect((created_before ?? 0) - (created_from ?? 0)).toBe(86_400_000_000);
  });

  it("begins from the newest again when it changes", () => {
    const params = new URLSearchParams("cursor=abc&status=FAILED&username=ada");
    expect(changed(params, "status", ["RUNNING", "CREATED"]).toString()).toBe(
      "username=ada&status=RUNNING&status=CREATED",
    );
    expect(toggled(["a", "b"], "a")).toEqual(["b"]);
    expect(toggled(["b"], "a")).toEqual(["b", "a"]);
  });
});
