import { useState } from "react";
import { add, type Choice, NOTHING, remove, withoutTop } from "./chosen";
import type { Found } from "./found";

/** What adding files brought, beside the files. */
export interface AddedNotes {
  left: string[];
  unread: string[];
  replaced: number;
  refused: string | null;
}

const NO_NOTES: AddedNotes = { left: [], unread: [], replaced: 0, refused: null };

/** The files of the form. */
export function useChoice() {
  const [{ choice, notes }, set] = useState({ choice: NOTHING, notes: NO_NOTES });
  const change = (how: (choice: Choice) => Choice) =>
    set((last) => ({ choice: how(last.choice), notes: NO_NOTES }));
  return {
    choice,
    notes,
    add: ({ files, left, unread }: Found) =>
      set((last) => {
        const { choice, replaced, refused } = add(last.choice, files);
        return { choice, notes: { left, unread, replaced, refused } };
      }),
    remove: (paths: ReadonlySet<string>) => change((choice) => remove(choice, paths)),
    withoutTop: () => change(withoutTop),
    clear: () => change(() => NOTHING),
  };
}
