import { type ComponentProps, forwardRef, type KeyboardEvent, useCallback, useEffect, useRef } from "react";
import { type ListRange, Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import type { Line, Shown } from "./log-reader";
import { LogRow } from "./log-row";
import { LINE_HEIGHT } from "./log-styles";
import { findRow } from "./rows";
import type { Sight } from "./use-log";

/** Rows before an end of what is held at which more are read. */
const NEAR = 300;

interface Props {
  shown: Shown;
  marked: Line | null;
  wanted: RegExp | null;
  following: boolean;
  pathOf: (file: number) => string;
  linkTo: (line: Line) => string;
  onGrow: (side: "before" | "after") => void;
  onSight: (sight: Sight) => void;
  /** Somebody moves up on purpose. */
  onUp: () => void;
  onStep: (line: Line) => void;
}

/** The lines that are held, of which only those in sight are there. */
export function LogList(props: Props) {
  const { shown, marked, wanted, following, pathOf, linkTo, onGrow, onSight, onUp, onStep } = props;
  const { rows, first } = shown;
  const begin = first + shown.target.index;
  const range = useRef<ListRange>({ startIndex: begin, endIndex: begin });
  const at = marked && rows.length > 0 ? findRow(rows, marked.seq, marked.line) : -1;

  const scroller = useRef<HTMLElement | null>(null);
  const look = useCallback(() => {
    const { startIndex, endIndex } = range.current;
    // After a leap the list may not tell what is in sight; the box itself knows that it is at its end.
    const box = scroller.current;
    const isAtEnd = box !== null && box.scrollTop + box.clientHeight >= box.scrollHeight - LINE_HEIGHT;
    if (!shown.atStart && startIndex - shown.first < NEAR) onGrow("before");
    const below = shown.first + shown.rows.length - endIndex;
    if (!shown.atEnd && !following && (below < NEAR || isAtEnd)) onGrow("after");
  }, [shown, following, onGrow]);
  // What is in sight may be near an end again after rows came or went.
  useEffect(look, [look]);

  const list = useRef<VirtuosoHandle>(null);
  const pointed = useRef(marked);
  useEffect(() => {
    if (marked !== pointed.current && at >= 0) list.current?.scrollIntoView({ index: at, behavior: "auto" });
    pointed.current = marked;
  }, [marked, at]);

  // Heights are guessed until a line was in sight; the end stays in sight until somebody moves.
  const still = useRef(shown.target.align === "end");
  const move = (up: boolean) => {
    still.current = false;
    if (up) onUp();
  };
  const stay = () => {
    if (following || still.current) list.current?.scrollToIndex({ index: "LAST", align: "end" });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Tab" && event.key !== "Shift") move(["ArrowUp", "PageUp", "Home"].includes(event.key));
    if ((event.key !== "j" && event.key !== "k") || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = at >= 0 ? at + (event.key === "j" ? 1 : -1) : range.current.startIndex - first;
    const next = rows[Math.min(rows.length - 1, Math.max(0, from))];
    if (next) onStep({ seq: next.seq, line: next.line });
  };

  return (
    <Virtuoso
      ref={list}
      scrollerRef={(box) => {
        scroller.current = box instanceof HTMLElement ? box : null;
      }}
      onScroll={look}
      data={rows}
      firstItemIndex={first}
      initialTopMostItemIndex={shown.target}
      defaultItemHeight={LINE_HEIGHT}
      increaseViewportBy={300}
      followOutput={() => (following ? "auto" : false)}
      rangeChanged={(now) => {
        range.current = now;
        const top = rows[now.startIndex - first];
        const bottom = rows[now.endIndex - first];
        if (top && bottom) onSight({ top, bottom, turn: shown.turn });
        look();
      }}
      computeItemKey={(_, row) => `${row.seq}.${row.line}`}
      itemContent={(index, row) => (
        <LogRow
          row={row}
          path={pathOf(row.chunk.file)}
          to={linkTo(row)}
          marked={index - first === at}
          wanted={wanted}
        />
      )}
      components={{ Scroller }}
      onKeyDown={onKeyDown}
      totalListHeightChanged={stay}
      onWheel={(event) => move(event.deltaY < 0)}
      onTouchMove={() => move(true)}
      onPointerDown={(event) => event.target === event.currentTarget && move(true)}
      style={{ height: "100%" }}
    />
  );
}

const Scroller = forwardRef<HTMLDivElement, ComponentProps<"div">>(function Scroller(props, ref) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section {...props} ref={ref} tabIndex={0} aria-label="Lines of output; j and k go line by line" />
  );
});
