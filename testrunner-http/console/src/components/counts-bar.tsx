import Box from "@mui/material/Box";
import type { CaseCounts, CaseOutcome } from "../api/types";
import { OUTCOME, type Tone } from "./outcome";

const ORDER: Tone[] = ["bad", "odd", "good", "quiet"];

/** Case counts as a bar, with the same in words for who cannot see it. */
export function CountsBar({ counts, width = 120 }: { counts: CaseCounts; width?: number | string }) {
  const said = words(counts);
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const share = (tone: Tone) =>
    (Object.entries(counts) as [CaseOutcome, number][])
      .filter(([outcome]) => OUTCOME[outcome].tone === tone)
      .reduce((sum, [, n]) => sum + n, 0);
  return (
    <Box
      role="img"
      aria-label={said}
      title={said}
      sx={{ display: "flex", width, height: 8, borderRadius: 4, overflow: "hidden", bgcolor: "action.hover" }}
    >
      {total > 0 &&
        ORDER.map((tone) => ({ tone, n: share(tone) }))
          .filter(({ n }) => n > 0)
          .map(({ tone, n }) => (
            <Box key={tone} sx={{ flexGrow: n, flexBasis: 0, minWidth: 3, bgcolor: `outcome.${tone}` }} />
          ))}
    </Box>
  );
}

/** "12 passed, 1 failed"; what is worst comes first. */
export function words(counts: CaseCounts): string {
  const said = (Object.entries(counts) as [CaseOutcome, number][])
    .filter(([, n]) => n > 0)
    .sort(([a], [b]) => ORDER.indexOf(OUTCOME[a].tone) - ORDER.indexOf(OUTCOME[b].tone))
    .map(([outcome, n]) => `${n} ${OUTCOME[outcome].word}`);
  return said.length > 0 ? said.join(", ") : "no cases yet";
}
