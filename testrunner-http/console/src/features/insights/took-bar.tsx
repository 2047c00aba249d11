import Box from "@mui/material/Box";
import { duration } from "../../components/time";

/** A duration, and how it compares with the longest of the table. */
export function TookBar({ us, longest }: { us: number; longest: number }) {
  const share = longest > 0 ? Math.max(1, (100 * us) / longest) : 0;
  return (
    <Box sx={{ minWidth: { xs: 64, sm: 110 } }}>
      {duration(us)}
      <Box aria-hidden sx={{ height: 4, borderRadius: 2, bgcolor: "action.hover", mt: 0.25 }}>
        <Box style={{ width: `${share}%` }} sx={{ height: 4, borderRadius: 2, bgcolor: "outcome.live" }} />
      </Box>
    </Box>
  );
}
