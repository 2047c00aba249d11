import Button from "@mui/material/Button";
import { useMemo, useState } from "react";
import { spans } from "./ansi";
import { CUT, lastState, MORE, piecesOf } from "./line-view";
import { mark } from "./match";

interface Props {
  text: string;
  /** What is looked for. */
  wanted: RegExp | null;
  /** It was found in this line: shows that part of a long one. */
  found: boolean;
}

/** What is to be seen of a line; a long one in steps. */
export function LineText({ text, wanted, found }: Props) {
  const seen = useMemo(() => lastState(text), [text]);
  const [[from, to], setPart] = useState(() => begin(seen, found ? wanted : null));
  const parts = useMemo(
    () => piecesOf(seen, from, to).flatMap((piece) => mark(spans(piece), wanted)),
    [seen, from, to, wanted],
  );
  return (
    <>
      {from > 0 && (
        <More hidden={from} onMore={() => setPart([Math.max(0, from - MORE), to])} where="before this" />
      )}
      {parts.map(({ text: part, style, found: hit }, at) =>
        hit ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name than their place
          <mark key={at}>{part}</mark>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name than their place
          <span key={at} style={style}>
            {part}
          </span>
        ),
      )}
      {to < seen.length && (
        <More hidden={seen.length - to} onMore={() => setPart([from, to + MORE])} where="of this line" />
      )}
    </>
  );
}

function begin(text: string, wanted: RegExp | null): [number, number] {
  const hit = wanted && text.length > CUT ? text.search(wanted) : 0;
  const from = hit > CUT / 2 ? hit - CUT / 4 : 0;
  return [from, from + CUT];
}

function More({ hidden, where, onMore }: { hidden: number; where: string; onMore: () => void }) {
  const rest = hidden < 1_024 ? `${hidden} characters` : `${Math.round(hidden / 1_024)} Ki characters`;
  return (
    <Button size="small" variant="outlined" className="more" onClick={onMore}>
      Show more ({rest} {where})
    </Button>
  );
}
