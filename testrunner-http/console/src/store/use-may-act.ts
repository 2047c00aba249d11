import { useQueryClient } from "@tanstack/react-query";
import type { WhoAmI } from "../api/types";
import { keys } from "./keys";

/** Whether who is signed in may submit, stop, repeat or delete; the server checks each act anyhow. */
export function useMayAct(): boolean {
  const role = useQueryClient().getQueryData<WhoAmI>(keys.session)?.role;
  return role === "submitter" || role === "admin";
}
