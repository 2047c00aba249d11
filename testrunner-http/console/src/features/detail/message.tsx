import ExpandMore from "@mui/icons-material/ExpandMore";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import { useId, useMemo, useState } from "react";
import { MONO } from "../../theme";
import { type Line, type LineKind, type Section, sections } from "./message-sections";

/** More is shown when it is asked for. */
const MOST_LINES = 120;
const MOST_CHARS = 20_000;
/** A way to the failure that is no longer than this is shown unasked. */
const SHORT_LINES = 40;
/** Beyond so many lines colours would cost more than they tell. */
const COLOURED_LINES = 5_000;

const COLOUR: Record<LineKind, string | undefined> = {
  error: "outcome.bad",
  plus: "outcome.good",
  minus: "outcome.bad",
  hint: "outcome.odd",
  here: "text.primary",
  place: "outcome.live",
  plain: "text.secondary",
};

const TITLE: Record<Section["kind"], string> = {
  assertion: "What went wrong",
  traceback: "Traceback",
  words: "Message",
};

/** What a test said as it failed. */
export function Message({ text }: { text: string }) {
  const parts = useMemo(() => sections(text), [text]);
  return parts.map((part) => <Part key={part.kind} part={part} />);
}

function Part({ part: { kind, lines } }: { part: Section }) {
  const id = useId();
  const foldable = kind === "traceback";
  const [open, setOpen] = useState(!foldable || lines.length <= SHORT_LINES);
  return (
    <Box component="section" aria-labelledby={id} sx={{ mb: 1.5 }}>
      {foldable ? (
        <Button
          id={id}
          size="small"
          color="inherit"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          startIcon={<ExpandMore sx={{ transform: open ? undefined : "rotate(-90deg)" }} />}
          sx={{ ml: -0.5, color: "text.secondary" }}
        >
          {TITLE[kind]}
          {!open && ` (${lines.length} lines)`}
        </Button>
      ) : (
        <Box
          component="h3"
          id={id}
          sx={{ m: 0, mb: 0.5, fontSize: "0.8125rem", fontWeight: 500, color: "text.secondary" }}
        >
          {TITLE[kind]}
        </Box>
      )}
      {open && <Lines lines={lines} name={TITLE[kind]} strong={kind === "assertion"} wraps={!foldable} />}
    </Box>
  );
}

function Lines(props: { lines: Line[]; name: string; strong: boolean; wraps: boolean }) {
  const { lines, name, strong, wraps } = props;
  const [all, setAll] = useState(false);
  const shown = all ? lines : bounded(lines);
  const cut = shown.length < lines.length || shown.at(-1)?.text !== lines.at(-1)?.text;
  return (
    <>
      <Box
        component="pre"
        tabIndex={0}
        aria-label={name}
        sx={{
          m: 0,
          p: 1.25,
          overflow: "auto",
          maxHeight: all ? "70vh" : undefined,
          borderRadius: 1,
          border: 1,
          borderColor: "divider",
          borderLeft: strong ? 3 : 1,
          borderLeftColor: strong ? "outcome.bad" : "divider",
          bgcolor: "background.default",
          fontFamily: MONO,
          fontSize: "0.8rem",
          lineHeight: 1.5,
          unicodeBidi: "plaintext",
          whiteSpace: wraps ? "pre-wrap" : "pre",
          overflowWrap: wraps ? "anywhere" : undefined,
        }}
      >
        {shown.length > COLOURED_LINES
          ? shown.map(({ text }) => text).join("\n")
          : shown.map(({ kind, text }, at) => (
              <Box
                component="span"
                // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
                key={at}
                sx={{
                  display: "block",
                  minHeight: "1.5em",
                  color: COLOUR[kind],
                  fontWeight: kind === "here" ? 500 : undefined,
                }}
              >
                {text}
              </Box>
            ))}
      </Box>
      {cut && (
        <Button size="small" onClick={() => setAll(true)}>
          Show all {lines.length.toLocaleString("en")} lines
        </Button>
      )}
    </>
  );
}

function bounded(lines: Line[]): Line[] {
  const shown: Line[] = [];
  let chars = 0;
  for (const line of lines.slice(0, MOST_LINES)) {
    const text = line.text.slice(0, MOST_CHARS - chars);
    shown.push({ ...line, text });
    chars += text.length;
    if (chars >= MOST_CHARS) break;
  }
  return shown;
}
