import "@fontsource/roboto/latin-400.css";
import "@fontsource/roboto/latin-500.css";
import "@fontsource/roboto-mono/latin-400.css";
import { createTheme } from "@mui/material/styles";

declare module "@mui/material/styles" {
  interface Palette {
    outcome: Record<"good" | "bad" | "odd" | "live" | "quiet", string>;
  }
  interface PaletteOptions {
    outcome: Record<"good" | "bad" | "odd" | "live" | "quiet", string>;
  }
}

export const MONO = '"Roboto Mono", ui-monospace, monospace';

/** One theme with two schemes; all colours of text on paper have a contrast of at least 4.5. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: "data-scheme" },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: "#3949ab" },
        error: { main: "#b3261e" },
        background: { default: "#f6f7fb", paper: "#ffffff" },
        outcome: { good: "#1b6e3c", bad: "#b3261e", odd: "#8a5100", live: "#1a5fb4", quiet: "#5a5f6b" },
      },
    },
    dark: {
      palette: {
        primary: { main: "#aab6ff" },
        error: { main: "#ffb0a8" },
        background: { default: "#12141a", paper: "#1b1e26" },
        outcome: { good: "#7fd6a0", bad: "#ffb0a8", odd: "#f5c16c", live: "#9cc4ff", quiet: "#b0b6c3" },
      },
    },
  },
  typography: {
    fontFamily: "Roboto, system-ui, sans-serif",
    h1: { fontSize: "1.5rem", fontWeight: 500 },
    h2: { fontSize: "1.15rem", fontWeight: 500 },
  },
  shape: { borderRadius: 8 },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        "@media (prefers-reduced-motion: reduce)": {
          "*, *::before, *::after": { transition: "none !important", animation: "none !important" },
        },
      },
    },
    MuiButton: {
      defaultProps: { disableElevation: true },
      styleOverrides: { root: { textTransform: "none" } },
    },
    MuiTab: { styleOverrides: { root: { textTransform: "none" } } },
    MuiTooltip: { defaultProps: { arrow: true, enterDelay: 400 } },
  },
});
