import type { Choice } from "./chosen";
import { type Draft, formFields } from "./draft";

/** The multipart form: fields first, so that a server can refuse before files come. */
export function buildForm(draft: Draft, pytest: boolean, choice: Choice): FormData {
  const form = new FormData();
  for (const [name, value] of formFields(draft, pytest)) form.append(name, value);
  if (choice.archive) form.append("archive", choice.archive, choice.archive.name);
  for (const { path, file } of choice.files) form.append("files", file, path);
  return form;
}
