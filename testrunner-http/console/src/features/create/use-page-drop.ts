import { useEffect, useRef, useState } from "react";
import { type Found, foundInDrop } from "./found";

/** Takes files that are dropped anywhere on the page. Says whether some are held above it. */
export function usePageDrop(take: (found: Found) => void, enabled: boolean): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    // Enter and leave come for every element on the way.
    let depth = 0;
    const ours = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!ours(event)) return;
      depth += 1;
      setOver(enabled);
    };
    const leave = (event: DragEvent) => {
      if (!ours(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const hover = (event: DragEvent) => {
      // Without this the browser would leave the page and show the file, also while nothing can be added.
      if (!ours(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = enabled ? "copy" : "none";
    };
    const drop = (event: DragEvent) => {
      if (!ours(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      if (enabled && event.dataTransfer) {
        void foundInDrop(event.dataTransfer).then((found) => latest.current(found));
      }
    };
    const handlers = { dragenter: enter, dragleave: leave, dragover: hover, drop };
    const all = Object.entries(handlers) as [keyof typeof handlers, (event: DragEvent) => void][];
    for (const [name, handler] of all) addEventListener(name, handler);
    return () => {
      for (const [name, handler] of all) removeEventListener(name, handler);
    };
  }, [enabled]);
  return over;
}
