import { useEffect } from "react";
import { testrunStore } from "./instance";

/** Has the progress of these Testruns told while the caller is shown. At most 16 are told over all tabs. */
export function useWatch(ids: number[]): void {
  const list = ids.join(",");
  useEffect(() => {
    const wanted = list === "" ? [] : list.split(",").map(Number);
    const releases = wanted.map((id) => testrunStore.watch(id));
    return () => {
      for (const release of releases) release();
    };
  }, [list]);
}
