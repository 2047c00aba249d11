import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { useCallback, useState } from "react";
import type { Testrun } from "../../api/types";
import type { Live } from "./live";
import { Tree } from "./tree";
import { TreeFilter } from "./tree-filter";
import type { Row } from "./tree-rows";
import type { Move, Place } from "./use-place";
import { useTree } from "./use-tree";

interface Props {
  testrun: Testrun;
  live: Live;
  place: Place;
  go: (move: Move) => void;
  selected: { file: number; case: number | null } | null;
}

/** Files and cases with what narrows them. */
export function TreePane({ testrun, live, place, go, selected }: Props) {
  const ended = testrun.finished_at != null;
  // While files end one after the other, an order by outcome would make lines jump.
  const [chosen, setChosen] = useState<boolean | null>(null);
  const failuresFirst = chosen ?? ended;
  const { outcomes, q } = place;
  const tree = useTree({ testrun, live, outcomes, q, selected: selected?.file ?? null, failuresFirst });
  const onText = useCallback((text: string) => go({ q: text }), [go]);
  const select = (row: Row & { kind: "file" | "case" }) => {
    const [file, one] = row.kind === "file" ? [row.file.index ?? 0, null] : [row.case.file, row.case.seq];
    const inLog = place.view === "log";
    go({ file, case: one, view: inLog ? "log" : "case", at: inLog ? one : null });
  };
  return (
    <Box sx={{ display: "flex", flexDirection: "column", height: "100%", minHeight: 0 }}>
      <TreeFilter
        counts={testrun.counts.cases}
        outcomes={outcomes}
        q={q}
        failuresFirst={failuresFirst}
        busy={tree.busy}
        onOutcomes={(wanted) => go({ outcomes: wanted })}
        onText={onText}
        onFailuresFirst={setChosen}
      />
      {tree.rows.length === 0 && !tree.busy ? (
        <Typography color="text.secondary" sx={{ p: 2 }}>
          No file and no case matches.
        </Typography>
      ) : (
        <Tree
          rows={tree.rows}
          live={live}
          selected={selected && (selected.case === null ? `f${selected.file}` : `c${selected.case}`)}
          onToggle={tree.toggle}
          onSelect={select}
        />
      )}
    </Box>
  );
}
