import createCache from "@emotion/cache";
import { CacheProvider } from "@emotion/react";
import CssBaseline from "@mui/material/CssBaseline";
import { ThemeProvider } from "@mui/material/styles";
import { QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Notices } from "../components/notices";
import { config } from "../config";
import { SessionGate } from "../features/session/session-gate";
import { queryClient } from "../store/query-client";
import { theme } from "../theme";

const styles = createCache({ key: "tr", nonce: config.nonce || undefined });

export function Providers({ children }: { children: ReactNode }) {
  return (
    <CacheProvider value={styles}>
      <ThemeProvider theme={theme} defaultMode="system" noSsr>
        <CssBaseline enableColorScheme />
        <QueryClientProvider client={queryClient}>
          <Notices>
            <SessionGate>{children}</SessionGate>
          </Notices>
        </QueryClientProvider>
      </ThemeProvider>
    </CacheProvider>
  );
}
