import FilterList from "@mui/icons-material/FilterList";
import Button from "@mui/material/Button";
import Chip from "@mui/material/Chip";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import { useTheme } from "@mui/material/styles";
import TextField from "@mui/material/TextField";
import useMediaQuery from "@mui/material/useMediaQuery";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { FailReason } from "../../api/types";
import { REASON } from "../../components/outcome";
import { UserText } from "../../components/user-text";
import { changed, filterOf, isNarrowed } from "./filter-params";
import { TextFilter } from "./text-filter";

/** All that narrows the list, but for the status. */
export function FilterBar() {
  const [params, setParams] = useSearchParams();
  const set = (name: string, values: string[]) => setParams(changed(params, name, values.filter(Boolean)));
  const filter = filterOf(params);
  const labels = filter.label ?? [];
  const narrow = useMediaQuery(useTheme().breakpoints.down("md"));
  const [open, setOpen] = useState(isNarrowed({ ...filter, status: undefined }));
  if (narrow && !open) {
    return (
      <Button startIcon={<FilterList />} onClick={() => setOpen(true)} sx={{ alignSelf: "start" }}>
        More filters
      </Button>
    );
  }
  return (
    <Stack direction="row" useFlexGap sx={{ flexWrap: "wrap", gap: 1, alignItems: "center" }}>
      <TextField
        select
        size="small"
        label="Reason"
        value={filter.reason?.[0] ?? ""}
        onChange={(event) => set("reason", [event.target.value])}
        sx={{ width: 170 }}
      >
        <MenuItem value="">Any</MenuItem>
        {(Object.keys(REASON) as FailReason[]).map((reason) => (
          <MenuItem key={reason} value={reason}>
            {REASON[reason]}
          </MenuItem>
        ))}
      </TextField>
      <TextFilter
        label="User"
        value={params.get("username") ?? ""}
        onSet={(text) => set("username", [text])}
      />
      <TextFilter
        label="Label"
        value=""
        hint="key or key=value"
        onSet={(text) => text && set("label", [...labels.filter((label) => label !== text), text])}
      />
      {(["from", "to"] as const).map((name) => (
        <TextField
          key={name}
          size="small"
          type="date"
          label={name === "from" ? "Submitted from" : "Submitted until"}
          value={params.get(name) ?? ""}
          onChange={(event) => set(name, [event.target.value])}
          slotProps={{ inputLabel: { shrink: true } }}
          sx={{ width: 160 }}
        />
      ))}
      {labels.map((label) => (
        <Chip
          key={label}
          label={<UserText>{label}</UserText>}
          onDelete={() =>
            set(
              "label",
              labels.filter((one) => one !== label),
            )
          }
        />
      ))}
      {filter.text && (
        <Chip label={<UserText>{`“${filter.text}”`}</UserText>} onDelete={() => set("text", [])} />
      )}
      {isNarrowed(filter) && <Button onClick={() => setParams(new URLSearchParams())}>Show all</Button>}
    </Stack>
  );
}
