import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import type { Chosen } from "./chosen";

const SETTINGS = new Set(["pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"]);
/** The server takes no larger ones. */
const SETTINGS_BYTES = 64 << 10;

/** What would run of these files, and what could not be sent. */
export function selectionQuery(executor: string, files: Chosen[]) {
  const settings = files.filter(isSettings);
  return queryOptions({
    queryKey: [
      "selection",
      executor,
      files.map(({ path }) => path),
      settings.map(({ file }) => [file.size, file.lastModified]),
    ],
    queryFn: async ({ signal }) => {
      const texts = await Promise.all(settings.map(async ({ path, file }) => [path, await file.text()]));
      const body = {
        ...(executor && { executor }),
        paths: files.map(({ path }) => path),
        settings: Object.fromEntries(texts) as Record<string, string>,
      };
      return unwrap(api.POST("/api/v1/selection", { body, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function isSettings({ path, file }: Chosen): boolean {
  return SETTINGS.has(path.slice(path.lastIndexOf("/") + 1)) && file.size <= SETTINGS_BYTES;
}
