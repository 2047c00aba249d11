import Box from "@mui/material/Box";
import MuiLink from "@mui/material/Link";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";
import type { OpenItemDocument } from "../../api/types";
import { Countdown } from "./countdown";

/** An item in a slot: whose it is, and until when it is held. */
export function ItemLink({ item }: { item: OpenItemDocument }) {
  return (
    <Box>
      <MuiLink component={Link} to={`/testruns/${item.run}`} sx={{ fontWeight: 500 }}>
        Testrun #{item.run}
      </MuiLink>
      <Typography variant="body2" color="text.secondary">
        {item.files} {item.files === 1 ? "file" : "files"}
        {item.attempts > 1 && `, attempt ${item.attempts}`}
        {item.lease_until != null && (
          <>
            , held for <Countdown to={item.lease_until} />
          </>
        )}
      </Typography>
    </Box>
  );
}
