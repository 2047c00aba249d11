import Alert, { type AlertColor } from "@mui/material/Alert";
import Snackbar from "@mui/material/Snackbar";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

type Notify = (text: string, severity?: AlertColor) => void;

const Context = createContext<Notify>(() => {});

/** Says something in passing; errors stay until they are closed. */
export function useNotify(): Notify {
  return useContext(Context);
}

export function Notices({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<{ text: string; severity: AlertColor; n: number } | null>(null);
  const notify = useCallback<Notify>((text, severity = "success") => {
    setNotice((last) => ({ text, severity, n: (last?.n ?? 0) + 1 }));
  }, []);
  return (
    <Context value={notify}>
      {children}
      {notice && (
        <Snackbar
          open
          key={notice.n}
          autoHideDuration={notice.severity === "error" ? null : 4_000}
          onClose={(_, why) => why !== "clickaway" && setNotice(null)}
        >
          <Alert severity={notice.severity} variant="filled" onClose={() => setNotice(null)}>
            {notice.text}
          </Alert>
        </Snackbar>
      )}
    </Context>
  );
}
