import Search from "@mui/icons-material/Search";
import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import FormControlLabel from "@mui/material/FormControlLabel";
import InputAdornment from "@mui/material/InputAdornment";
import LinearProgress from "@mui/material/LinearProgress";
import Switch from "@mui/material/Switch";
import TextField from "@mui/material/TextField";
import { useEffect, useRef, useState } from "react";
import type { CaseCounts, CaseOutcome } from "../../api/types";
import { OUTCOME } from "../../components/outcome";
import { OUTCOMES } from "./outcomes";

const PAUSE_MS = 200;

interface Props {
  counts: CaseCounts;
  outcomes: CaseOutcome[];
  q: string;
  failuresFirst: boolean;
  busy: boolean;
  onOutcomes: (outcomes: CaseOutcome[]) => void;
  onText: (q: string) => void;
  onFailuresFirst: (first: boolean) => void;
}

/** Narrows the tree by words and by outcomes. */
export function TreeFilter(props: Props) {
  const { counts, outcomes, failuresFirst, busy, onOutcomes, onFailuresFirst } = props;
  const shown = OUTCOMES.filter((outcome) => counts[outcome] > 0 || outcomes.includes(outcome));
  const toggle = (outcome: CaseOutcome) =>
    onOutcomes(
      outcomes.includes(outcome) ? outcomes.filter((one) => one !== outcome) : [...outcomes, outcome],
    );
  return (
    <Box sx={{ p: 1, pb: 0.5, borderBottom: 1, borderColor: "divider", position: "relative" }}>
      <TextFilter q={props.q} onText={props.onText} />
      <Box
        sx={{
          display: "flex",
          flexWrap: { xs: "nowrap", md: "wrap" },
          overflowX: { xs: "auto", md: "visible" },
          gap: 0.5,
          mt: 1,
          minHeight: 30,
          alignItems: "center",
          flexShrink: 0,
        }}
      >
        {shown.map((outcome) => (
          <OutcomeChip
            key={outcome}
            outcome={outcome}
            n={counts[outcome]}
            on={outcomes.includes(outcome)}
            onClick={() => toggle(outcome)}
          />
        ))}
        <FormControlLabel
          sx={{ ml: "auto", mr: 0, whiteSpace: "nowrap", flexShrink: 0 }}
          control={
            <Switch
              size="small"
              checked={failuresFirst}
              onChange={(_, checked) => onFailuresFirst(checked)}
            />
          }
          slotProps={{ typography: { variant: "body2" } }}
          label="Failures first"
        />
      </Box>
      {busy && (
        <LinearProgress
          aria-label="Looking for matching cases"
          sx={{ position: "absolute", left: 0, right: 0, bottom: -1, height: 2 }}
        />
      )}
    </Box>
  );
}

function OutcomeChip(props: { outcome: CaseOutcome; n: number; on: boolean; onClick: () => void }) {
  const { Icon, word, tone } = OUTCOME[props.outcome];
  return (
    <Chip
      size="small"
      variant="outlined"
      icon={<Icon aria-hidden />}
      label={`${props.n.toLocaleString("en")} ${word}`}
      aria-pressed={props.on}
      sx={{
        flexShrink: 0,
        "& .MuiChip-icon": { color: `outcome.${tone}`, fontSize: 16 },
        ...(props.on && { borderColor: "primary.main", bgcolor: "action.selected", fontWeight: 500 }),
      }}
      onClick={props.onClick}
    />
  );
}

/** What is typed is seen at once; it counts after a pause. */
function TextFilter({ q, onText }: { q: string; onText: (q: string) => void }) {
  const [text, setText] = useState(q);
  const said = useRef(q);
  useEffect(() => {
    if (q !== said.current) {
      said.current = q;
      setText(q);
    }
  }, [q]);
  useEffect(() => {
    if (text === said.current) return;
    const timer = setTimeout(() => {
      said.current = text;
      onText(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onText]);
  return (
    <TextField
      size="small"
      type="search"
      fullWidth
      placeholder="Filter by path, case or message"
      value={text}
      onChange={(event) => setText(event.target.value)}
      slotProps={{
        htmlInput: { "aria-label": "Filter by path, case or message", maxLength: 200 },
        input: {
          startAdornment: (
            <InputAdornment position="start">
              <Search fontSize="small" />
            </InputAdornment>
          ),
        },
      }}
    />
  );
}
