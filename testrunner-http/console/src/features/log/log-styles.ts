import type { SxProps, Theme } from "@mui/material/styles";
import { MONO } from "../../theme";

/** Height of a line that is not wrapped, in pixels. */
export const LINE_HEIGHT = 20;

/** How lines look. Classes, because thousands of rows come and go while one scrolls. */
export function logStyles(wrap: boolean): SxProps<Theme> {
  return {
    fontFamily: MONO,
    fontSize: 13,
    lineHeight: `${LINE_HEIGHT}px`,
    tabSize: 8,
    bgcolor: "background.paper",
    color: "text.primary",
    fontVariantLigatures: "none",
    "& [data-testid=virtuoso-item-list]": wrap ? {} : { width: "max-content", minWidth: "100%" },
    "& .line": { display: "flex", minHeight: LINE_HEIGHT, borderLeft: "3px solid transparent" },
    "& .line:hover": { bgcolor: "action.hover" },
    "& .number": {
      flex: "none",
      minWidth: { xs: "6ch", sm: "10ch" },
      pr: 0.5,
      pl: 0.5,
      textAlign: "right",
      fontSize: 11,
      color: "text.secondary",
      textDecoration: "none",
      userSelect: "none",
    },
    "& .number:hover": { textDecoration: "underline" },
    "& .text": {
      position: "relative",
      flex: 1,
      minWidth: 0,
      px: 1,
      whiteSpace: wrap ? "pre-wrap" : "pre",
      overflowWrap: wrap ? "anywhere" : "normal",
      unicodeBidi: "isolate",
    },
    "& .stderr": {
      borderLeftColor: "var(--mui-palette-outcome-odd)",
      bgcolor: "rgba(var(--mui-palette-warning-mainChannel) / 0.07)",
    },
    "& .runner": {
      borderLeftColor: "var(--mui-palette-outcome-live)",
      bgcolor: "rgba(var(--mui-palette-info-mainChannel) / 0.06)",
    },
    "& .old .text, & .old .text span": { color: "text.secondary" },
    "& .line.marked": {
      borderLeftColor: "var(--mui-palette-primary-main)",
      bgcolor: "rgba(var(--mui-palette-primary-mainChannel) / 0.12)",
    },
    "& .line.marked .number": { color: "primary.main", fontWeight: 500 },
    "& mark": { bgcolor: "#ffe082", color: "#000", borderRadius: "2px" },
    "& .head": {
      position: "sticky",
      left: 0,
      px: 1,
      py: 0.25,
      fontSize: 12,
      color: "text.secondary",
      bgcolor: "action.hover",
      overflowWrap: "anywhere",
    },
    "& .case": { color: "text.primary" },
    "& .label": { ml: 1, px: 0.75, borderRadius: 1, border: 1, borderColor: "divider" },
    "& .gap": { px: 1, fontStyle: "italic", color: "text.secondary" },
    "& .more": {
      mx: 0.5,
      py: 0,
      minHeight: 0,
      fontSize: 12,
      verticalAlign: "baseline",
      whiteSpace: "nowrap",
    },
    "& .said": {
      position: "absolute",
      width: "1px",
      height: "1px",
      overflow: "hidden",
      clipPath: "inset(50%)",
      whiteSpace: "nowrap",
      userSelect: "none",
    },
  };
}
