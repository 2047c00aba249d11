import { expect, test } from "vitest";
import { add, type Choice, type Chosen, commonTop, NOTHING, remove, totalBytes, withoutTop } from "./chosen";

function file(path: string, text = ""): Chosen {
  return { path, file: new File([text], path.slice(path.lastIndexOf("/") + 1)) };
}

function choice(...paths: string[]): Choice {
  return add(
    NOTHING,
    paths.map((path) => file(path)),
  ).choice;
}

function paths({ files }: Choice): string[] {
  return files.map(({ path }) => path);
}

test("a path that comes again gets the newer file", () => {
  const { choice: both, replaced } = add(choice("b.py", "a.py"), [file("a.py", "new"), file("c.py")]);
  expect(paths(both)).toEqual(["a.py", "b.py", "c.py"]);
  expect(replaced).toBe(1);
  expect(both.files[0]?.file.size).toBe(3);
});

test("one archive alone is sent as it is", () => {
  for (const name of ["a.zip", "a.tar.gz", "a.tgz", "A.ZIP"]) {
    expect(add(NOTHING, [file(name)]).choice.archive?.name).toBe(name);
  }
});

test("an archive beside files is a file like any other", () => {
  expect(paths(choice("test_a.py", "data.zip"))).toEqual(["data.zip", "test_a.py"]);
  expect(paths(add(choice("test_a.py"), [file("data.zip")]).choice)).toEqual(["data.zip", "test_a.py"]);
  expect(choice("data/a.zip").archive).toBeNull();
});

test("nothing is added to an archive, and it is said", () => {
  const before = choice("a.zip");
  const after = add(before, [file("test_a.py")]);
  expect(after.choice).toBe(before);
  expect(after.refused).toContain("a.zip is sent alone");
});

test("removing", () => {
  expect(paths(remove(choice("a.py", "b.py", "c.py"), new Set(["a.py", "c.py"])))).toEqual(["b.py"]);
});

test("the folder that all files are in can be taken away", () => {
  const inside = choice("proj/a/test_a.py", "proj/pytest.ini");
  expect(commonTop(inside.files)).toBe("proj");
  expect(paths(withoutTop(inside))).toEqual(["a/test_a.py", "pytest.ini"]);
  for (const other of [choice("proj/a.py", "b.py"), choice("proj/a.py", "project/b.py"), NOTHING]) {
    expect(commonTop(other.files)).toBeNull();
    expect(withoutTop(other)).toBe(other);
  }
});

test("sizes", () => {
  expect(totalBytes(add(NOTHING, [file("a", "12"), file("b", "345")]).choice)).toBe(5);
  expect(totalBytes(add(NOTHING, [file("a.zip", "1234")]).choice)).toBe(4);
});
