import type { Tone } from "../../components/outcome";

/** Colours of the theme for pictures; they change with it. */
export const COLOUR: Record<Tone, string> = {
  good: "var(--mui-palette-outcome-good)",
  bad: "var(--mui-palette-outcome-bad)",
  odd: "var(--mui-palette-outcome-odd)",
  live: "var(--mui-palette-outcome-live)",
  quiet: "var(--mui-palette-outcome-quiet)",
};
