import type { Chosen } from "./chosen";
import { isLeftOutFolder, leftOut } from "./left-out";

/** What a drop or a picker gave. */
export interface Found {
  files: Chosen[];
  /** Folders and files that are never sent. */
  left: string[];
  /** What could not be read, with why. */
  unread: string[];
}

/** Files of a picker. Those of a folder know their path in it. */
export function foundInPicker(list: Iterable<File>): Found {
  const found: Found = { files: [], left: [], unread: [] };
  const left = new Set<string>();
  for (const file of list) {
    const path = file.webkitRelativePath || file.name;
    const why = leftOut(path);
    if (why === null) found.files.push({ path, file });
    else left.add(why);
  }
  found.left = [...left];
  return found;
}

/** All that was dropped, with folders entered. Must be called while the drop is handled: later the items are gone. */
export async function foundInDrop(data: DataTransfer): Promise<Found> {
  const entries: FileSystemEntry[] = [];
  const plain: File[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) plain.push(file);
  }
  const found = foundInPicker(plain);
  for (const entry of entries) await enter(entry, "", found);
  return found;
}

async function enter(entry: FileSystemEntry, folder: string, into: Found): Promise<void> {
  const path = folder + entry.name;
  try {
    if (isFile(entry)) {
      const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
      if (leftOut(path) === null) into.files.push({ path, file });
      else into.left.push(path);
    } else if (isFolder(entry)) {
      if (isLeftOutFolder(entry.name)) into.left.push(`${path}/`);
      else for (const child of await children(entry)) await enter(child, `${path}/`, into);
    }
  } catch (error) {
    into.unread.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A reader hands out a hundred at a time, and nothing once all are out. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
