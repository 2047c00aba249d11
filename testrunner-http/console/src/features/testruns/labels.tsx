import Chip from "@mui/material/Chip";
import Stack from "@mui/material/Stack";
import { Link } from "react-router";
import type { Testrun } from "../../api/types";
import { UserText } from "../../components/user-text";

/** A Testrun's labels; each leads to the Testruns that have it too. */
export function Labels({ labels }: { labels: Testrun["labels"] }) {
  return (
    <Stack direction="row" useFlexGap sx={{ flexWrap: "wrap", gap: 0.5 }}>
      {Object.entries(labels ?? {}).map(([key, value]) => {
        const label = value === "" ? key : `${key}=${value}`;
        return (
          <Chip
            key={key}
            size="small"
            variant="outlined"
            component={Link}
            clickable
            to={`/?${new URLSearchParams({ label })}`}
            label={<UserText>{label}</UserText>}
            sx={{ maxWidth: 220 }}
          />
        );
      })}
    </Stack>
  );
}
