import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import LinearProgress from "@mui/material/LinearProgress";
import Typography from "@mui/material/Typography";
import { bytes } from "../../components/bytes";
import type { Sent } from "./send";

/** How far an upload is, and how to stop it. */
export function UploadProgress({ sent, onStop }: { sent: Sent | null; onStop: () => void }) {
  const share = sent && sent.of > 0 ? (100 * sent.bytes) / sent.of : 0;
  const whole = sent !== null && sent.bytes >= sent.of;
  const said = whole
    ? "Sent. The server looks at it."
    : `${bytes(sent?.bytes ?? 0)} of ${sent ? bytes(sent.of) : "…"}`;
  return (
    <Box>
      <LinearProgress
        aria-label="Upload"
        variant={whole ? "indeterminate" : "determinate"}
        value={share}
        sx={{ height: 8, borderRadius: 4 }}
      />
      <Box sx={{ display: "flex", alignItems: "center", justifyContent: "space-between", mt: 1 }}>
        <Typography variant="body2" sx={{ fontVariantNumeric: "tabular-nums" }}>
          {said}
        </Typography>
        <Button size="small" onClick={onStop}>
          Stop the upload
        </Button>
      </Box>
    </Box>
  );
}
