import { expect, it } from "vitest";
import { movePlace, readPlace } from "./use-place";

it("reads what is valid of an address and nothing else", () => {
  expect(
    readPlace(new URLSearchParams("file=3&case=17&view=log&outcome=failed&outcome=nonsense&q=x")),
  ).toEqual({
    file: 3,
    case: 17,
    view: "log",
    outcomes: ["failed"],
    q: "x",
  });
  expect(readPlace(new URLSearchParams("file=-1&case=1e9&view=__proto__"))).toEqual({
    file: null,
    case: null,
    view: null,
    outcomes: [],
    q: "",
  });
});

it("changes its own parameters and leaves the others", () => {
  const old = new URLSearchParams("file=3&find=x&outcome=failed");
  expect(movePlace(old, { file: 0, case: null, outcomes: ["error", "passed"] }).toString()).toBe(
    "file=0&find=x&outcome=error&outcome=passed",
  );
});
