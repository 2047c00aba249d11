import { expect, test } from "vitest";
import { leftOut } from "./left-out";

test.each([
  ["a/__pycache__/b.pyc", "a/__pycache__/"],
  [".git/config", ".git/"],
  ["proj/.venv/lib/x.py", "proj/.venv/"],
  ["proj/node_modules/x/.git/y", "proj/node_modules/"],
  ["a/b.pyc", "a/b.pyc"],
])("%s is left out", (path, why) => {
  expect(leftOut(path)).toBe(why);
});

test.each(["a.py", ".gitignore", "node_modules.py", "git/.git", "venv/x.py", ".coveragerc"])(
  "%s is taken",
  (path) => {
    expect(leftOut(path)).toBeNull();
  },
);
