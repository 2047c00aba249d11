import { expect, test } from "vitest";
import { foundInDrop, foundInPicker } from "./found";

interface Tree {
  [name: string]: string | Error | Tree;
}

/** As a browser has it: files by callback, folders in parts. */
function entry(name: string, content: string | Error | Tree): FileSystemEntry {
  if (typeof content === "string" || content instanceof Error) {
    const file = (good: (file: File) => void, bad: (error: Error) => void) =>
      content instanceof Error ? bad(content) : good(new File([content], name));
    return { name, isFile: true, isDirectory: false, file } as unknown as FileSystemEntry;
  }
  const createReader = () => {
    const rest = Object.entries(content).map(([child, inside]) => entry(child, inside));
    return { readEntries: (good: (some: FileSystemEntry[]) => void) => good(rest.splice(0, 2)) };
  };
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

function drop(tree: Tree): DataTransfer {
  const items = Object.entries(tree).map(([name, content]) => ({
    kind: "file",
    webkitGetAsEntry: () => entry(name, content),
  }));
  return { items: [...items, { kind: "string" }] } as unknown as DataTransfer;
}

test("folders are entered to the end, and paths kept", async () => {
  const found = await foundInDrop(
    drop({
      "test_a.py": "a",
      proj: { "b.py": "b", "c.py": "c", deep: { "d.py": "d" }, "e.py": "e", "f.py": "f" },
    }),
  );
  expect(found.files.map(({ path }) => path).sort()).toEqual([
    "proj/b.py",
    "proj/c.py",
    "proj/deep/d.py",
    "proj/e.py",
    "proj/f.py",
    "test_a.py",
  ]);
  expect(found.left).toEqual([]);
});

test("folders of tools are not entered, and it is said", async () => {
  const unreadable = new Error("must not be read");
  const found = await foundInDrop(
    drop({
      proj: {
        ".git": { config: unreadable },
        "a.pyc": "",
        "a.py": "",
        sub: { __pycache__: { x: unreadable } },
      },
    }),
  );
  expect(found.files.map(({ path }) => path)).toEqual(["proj/a.py"]);
  expect(found.left).toEqual(["proj/.git/", "proj/a.pyc", "proj/sub/__pycache__/"]);
  expect(found.unread).toEqual([]);
});

test("what cannot be read does not hold up the rest", async () => {
  const found = await foundInDrop(drop({ "a.py": new Error("no permission"), "b.py": "" }));
  expect(found.files.map(({ path }) => path)).toEqual(["b.py"]);
  expect(found.unread).toEqual(["a.py: no permission"]);
});

test("a browser without entries hands out plain files", async () => {
  const plain = { kind: "file", webkitGetAsEntry: () => null, getAsFile: () => new File([""], "a.py") };
  const found = await foundInDrop({ items: [plain] } as unknown as DataTransfer);
  expect(found.files.map(({ path }) => path)).toEqual(["a.py"]);
});

test("a picked folder's files know their path", () => {
  const inFolder = (path: string) => {
    const file = new File([""], path.slice(path.lastIndexOf("/") + 1));
    Object.defineProperty(file, "webkitRelativePath", { value: path });
    return file;
  };
  const found = foundInPicker([
    inFolder("proj/a.py"),
    inFolder("proj/.venv/x.py"),
    inFolder("proj/.venv/y.py"),
    new File([""], "b.py"),
  ]);
  expect(found.files.map(({ path }) => path)).toEqual(["proj/a.py", "b.py"]);
  expect(found.left).toEqual(["proj/.venv/"]);
});
