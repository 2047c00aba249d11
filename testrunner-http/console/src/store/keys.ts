/** Names of what is in the cache of queries. */
export const keys = {
  session: ["session"] as const,
  version: ["version"] as const,
  lists: ["testruns"] as const,
  list: (filter: object, cursor: string | null) => ["testruns", filter, cursor] as const,
  testrun: (id: number) => ["testrun", id] as const,
  cases: (id: number, filter: object) => ["testrun", id, "cases", filter] as const,
  waiting: (id: number) => ["testrun", id, "waiting"] as const,
  log: (id: number, part: object) => ["log", id, part] as const,
  events: (id: number, part: object) => ["events", id, part] as const,
  queue: ["queue"] as const,
  workers: ["workers"] as const,
  insights: (kind: string, filter: object) => ["insights", kind, filter] as const,
};
