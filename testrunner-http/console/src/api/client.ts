import createClient from "openapi-fetch";
import { config } from "../config";
import type { paths } from "./schema.gen";

/** Address of a route of the server, such as "/api/v1/testruns/17/junit". */
export function address(route: string): string {
  return `${config.prefix}${route}`;
}

/** The typed client. The session's cookie goes along by itself. */
export const api = createClient<paths>({
  baseUrl: `${globalThis.location.origin}${config.prefix}`,
  credentials: "same-origin",
});
