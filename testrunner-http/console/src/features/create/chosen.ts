/** A file that is to be sent, and under which path. */
export interface Chosen {
  path: string;
  file: File;
}

/** What was chosen so far: files by path, or one archive that the server unpacks. */
export interface Choice {
  files: Chosen[];
  archive: File | null;
}

export const NOTHING: Choice = { files: [], archive: null };

/** What came of adding files, in words for who added them. */
export interface Added {
  choice: Choice;
  replaced: number;
  /** Why nothing was added. */
  refused: string | null;
}

/** Adds files. A path that is there already gets the newer file; an archive goes alone. */
export function add(choice: Choice, more: Chosen[]): Added {
  if (more.length === 0) return { choice, replaced: 0, refused: null };
  if (choice.archive) {
    const refused = `The archive ${choice.archive.name} is sent alone. Remove it to send files.`;
    return { choice, replaced: 0, refused };
  }
  const [first] = more;
  if (first && more.length === 1 && choice.files.length === 0 && isArchive(first.path)) {
    return { choice: { files: [], archive: first.file }, replaced: 0, refused: null };
  }
  const byPath = new Map(choice.files.map((chosen) => [chosen.path, chosen]));
  const before = byPath.size;
  const fresh = new Map(more.map((chosen) => [chosen.path, chosen]));
  for (const [path, chosen] of fresh) byPath.set(path, chosen);
  return {
    choice: { files: sorted([...byPath.values()]), archive: null },
    replaced: before + fresh.size - byPath.size,
    refused: null,
  };
}

export function remove(choice: Choice, paths: ReadonlySet<string>): Choice {
  return { ...choice, files: choice.files.filter(({ path }) => !paths.has(path)) };
}

/** Only at the top: inside a folder an archive is data of the tests. */
export function isArchive(path: string): boolean {
  return !path.includes("/") && /\.(zip|tar\.gz|tgz)$/i.test(path);
}

/** The one folder that all files are in; `null` when there is none. */
export function commonTop(files: Chosen[]): string | null {
  const first = files[0]?.path ?? "";
  const end = first.indexOf("/");
  if (end < 0) return null;
  const top = first.slice(0, end);
  return files.every(({ path }) => path.startsWith(`${top}/`)) ? top : null;
}

/** Makes the one folder that all files are in the place that paths begin at. */
export function withoutTop(choice: Choice): Choice {
  const top = commonTop(choice.files);
  if (top === null) return choice;
  const files = choice.files.map(({ path, file }) => ({ path: path.slice(top.length + 1), file }));
  return { ...choice, files: sorted(files) };
}

export function totalBytes(choice: Choice): number {
  return choice.archive?.size ?? choice.files.reduce((sum, { file }) => sum + file.size, 0);
}

/** By code point, the same in every language. */
function sorted(files: Chosen[]): Chosen[] {
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
