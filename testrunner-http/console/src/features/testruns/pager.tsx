import ChevronLeft from "@mui/icons-material/ChevronLeft";
import ChevronRight from "@mui/icons-material/ChevronRight";
import FirstPage from "@mui/icons-material/FirstPage";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useLocation, useNavigate, useSearchParams } from "react-router";

/** Older and newer pages. The place stands in the address; the way there in the history's state. */
export function Pager({ next }: { next: string | null | undefined }) {
  const [params] = useSearchParams();
  const { state } = useLocation();
  const navigate = useNavigate();
  const trail = ((state as { trail?: (string | null)[] } | null)?.trail ?? []).slice();
  const here = params.get("cursor");
  const go = (cursor: string | null, way: (string | null)[]) => {
    const wanted = new URLSearchParams(params);
    if (cursor) wanted.set("cursor", cursor);
    else wanted.delete("cursor");
    navigate(`?${wanted}`, { state: { trail: way } });
  };
  if (!here && !next) return null;
  return (
    <Stack
      component="nav"
      aria-label="Pages of the list"
      direction="row"
      spacing={1}
      sx={{ justifyContent: "center", py: 1 }}
    >
      <Button startIcon={<FirstPage />} disabled={!here} onClick={() => go(null, [])}>
        Newest
      </Button>
      <Button startIcon={<ChevronLeft />} disabled={!here} onClick={() => go(trail.pop() ?? null, trail)}>
        Newer
      </Button>
      <Button endIcon={<ChevronRight />} disabled={!next} onClick={() => next && go(next, [...trail, here])}>
        Older
      </Button>
    </Stack>
  );
}
