/** Folders of tools: large, made anew on every machine, and no test needs them. */
const FOLDERS = new Set([
  "__pycache__",
  ".git",
  ".venv",
  "node_modules",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  ".tox",
]);

/** Says what is left out, for the page. */
export const LEFT_OUT = [...FOLDERS, "*.pyc"].join(", ");

/** Whether a folder of this name is not entered. */
export function isLeftOutFolder(name: string): boolean {
  return FOLDERS.has(name);
}

/** What a path is left out for: the folder on its way, or itself; `null` when it is taken. */
export function leftOut(path: string): string | null {
  const segments = path.split("/");
  const folder = segments.slice(0, -1).findIndex(isLeftOutFolder);
  if (folder >= 0) return `${segments.slice(0, folder + 1).join("/")}/`;
  return path.endsWith(".pyc") ? path : null;
}
