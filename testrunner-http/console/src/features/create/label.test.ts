import { expect, test } from "vitest";
import { labelTrouble, withLabel } from "./label";

test.each(["a", "branch=main", "ci.example/x_1-2=a = b", "nightly="])("%s is one", (text) => {
  expect(labelTrouble(text)).toBeNull();
});

test.each(["", "=x", "-a=1", "a b=1", "ü", `${"k".repeat(64)}=1`])("%s is none", (text) => {
  expect(labelTrouble(text)).not.toBeNull();
});

test("the same key again replaces", () => {
  expect(withLabel(["a=1", "b"], "a=2")).toEqual(["b", "a=2"]);
});
