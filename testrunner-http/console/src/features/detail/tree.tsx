import Box from "@mui/material/Box";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import type { Live } from "./live";
import { CaseRow, FileRow } from "./tree-row";
import { nextRow, type Row } from "./tree-rows";

const ROW_PX = 34;

interface Props {
  rows: Row[];
  live: Live;
  /** Keys of the row that is selected: a case, or a file. */
  selected: string | null;
  onToggle: (file: number, open: boolean) => void;
  onSelect: (row: Row & { kind: "file" | "case" }) => void;
}

/** Files with their cases. Only what is seen is in the page, so 10,000 lines cost no more than 30. */
export function Tree({ rows, live, selected, onToggle, onSelect }: Props) {
  const id = useId();
  const list = useRef<VirtuosoHandle>(null);
  const [active, setActive] = useState<string | null>(null);
  const [focused, setFocused] = useState(false);
  const found = rows.findIndex(({ key }) => key === (active ?? selected));
  const at = Math.max(0, found);
  useShown(list, rows, selected);

  const move = (to: number) => {
    const row = rows[to];
    if (!row) return;
    setActive(row.key);
    list.current?.scrollIntoView({ index: to });
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[at];
    const to = nextRow(rows, at, event.key);
    if (to !== null) move(to);
    else if (row?.kind === "file" && event.key === "ArrowRight" && row.open) move(at + 1);
    else if (row?.kind === "file" && event.key.startsWith("Arrow"))
      onToggle(row.file.index ?? 0, event.key === "ArrowRight");
    else if (row && (event.key === "Enter" || event.key === " ")) choose(row);
    else return;
    event.preventDefault();
  };
  const choose = (row: Row) => {
    setActive(row.key);
    if (row.kind === "file") onToggle(row.file.index ?? 0, !row.open || selected !== row.key);
    if (row.kind !== "note") onSelect(row);
  };

  return (
    <Virtuoso
      ref={list}
      role="tree"
      aria-label="Files and test cases"
      aria-activedescendant={rows.length > 0 ? `${id}-${at}` : undefined}
      tabIndex={0}
      onKeyDown={press}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      style={{ flex: 1, minHeight: 0, outlineOffset: -2 }}
      fixedItemHeight={ROW_PX}
      data={rows}
      computeItemKey={(_, { key }) => key}
      itemContent={(index, row) => (
        <Box
          role="treeitem"
          id={`${id}-${index}`}
          aria-level={row.kind === "file" || row.key.startsWith("tail") ? 1 : 2}
          aria-expanded={row.kind === "file" && !row.leaf ? row.open : undefined}
          aria-selected={row.key === selected}
          aria-setsize={rows.length}
          aria-posinset={index + 1}
          onClick={() => choose(row)}
          sx={{
            height: ROW_PX,
            px: 1,
            display: "flex",
            alignItems: "center",
            gap: 0.75,
            fontSize: "0.875rem",
            cursor: row.kind === "note" ? "default" : "pointer",
            bgcolor: row.key === selected ? "action.selected" : undefined,
            boxShadow: (theme) =>
              index === at && focused ? `inset 0 0 0 2px ${theme.vars?.palette.primary.main}` : "none",
            "&:hover": { bgcolor: row.key === selected ? "action.selected" : "action.hover" },
          }}
        >
          <RowBody row={row} live={live} />
        </Box>
      )}
    />
  );
}

function RowBody({ row, live }: { row: Row; live: Live }) {
  switch (row.kind) {
    case "file": {
      const running = live.files.get(row.file.index ?? 0);
      const attempt = running?.item == null ? undefined : live.attempts.get(running.item);
      return <FileRow row={row} running={running !== undefined} attempt={attempt} />;
    }
    case "case":
      return <CaseRow row={row} />;
    case "note":
      return <Note text={row.text} more={row.more} />;
  }
}

/** Reads on as soon as it comes into view. */
function Note({ text, more }: { text: string; more?: () => void }) {
  const latest = useRef(more);
  latest.current = more;
  useEffect(() => latest.current?.(), []);
  return (
    <Box component="span" sx={{ pl: 4.5, color: "text.secondary", whiteSpace: "nowrap", overflow: "hidden" }}>
      {text}
    </Box>
  );
}

/** Scrolls to what is selected, once it is there; later the reader scrolls. */
function useShown(list: React.RefObject<VirtuosoHandle | null>, rows: Row[], selected: string | null): void {
  const done = useRef<string | null>(null);
  const at = selected === null ? -1 : rows.findIndex(({ key }) => key === selected);
  useEffect(() => {
    if (at < 0 || done.current === selected) return;
    done.current = selected;
    const frame = requestAnimationFrame(() => list.current?.scrollIntoView({ index: at }));
    return () => cancelAnimationFrame(frame);
  }, [at, selected, list]);
}
