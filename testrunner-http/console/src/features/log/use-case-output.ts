import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { readChunk } from "./chunk";
import { caseOutputQuery } from "./queries";
import { toRows } from "./rows";

/** What one case has written, read backwards from the event that recorded its end. */
export function useCaseOutput(id: number, file: number, name: string, seq: number) {
  const query = useInfiniteQuery(caseOutputQuery(id, file, name, seq));
  const rows = useMemo(() => {
    const pages = [...(query.data?.pages ?? [])].reverse();
    const own = pages.flatMap(({ chunks }) =>
      chunks.filter((line) => line.case === name && !line.superseded),
    );
    return toRows(own.map(readChunk));
  }, [query.data, name]);
  return { ...query, rows };
}
