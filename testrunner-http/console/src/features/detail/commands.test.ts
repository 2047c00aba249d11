import { expect, it } from "vitest";
import { pytestCommand } from "./commands";

it("quotes what a shell would take apart", () => {
  expect(pytestCommand("a/test_b.py", null)).toBe("pytest a/test_b.py");
  expect(pytestCommand("a/test_b.py", "test_c")).toBe("pytest a/test_b.py::test_c");
  expect(pytestCommand("a.py", "test_c[x y]")).toBe("pytest 'a.py::test_c[x y]'");
  expect(pytestCommand("a.py", "test['; rm -rf ~]")).toBe("pytest 'a.py::test['\\''; rm -rf ~]'");
});
