import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { DAYS, type Filter, RUNS } from "./filter";

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
}

/** What is looked at. */
export function FilterBar({ filter, onChange }: Props) {
  return (
    <Stack direction="row" sx={{ gap: 1.5, flexWrap: "wrap" }} role="search" aria-label="What is looked at">
      <Numbers
        label="By day"
        value={filter.days}
        choices={DAYS}
        said={(days) => `the last ${days} days`}
        onChange={(days) => onChange({ ...filter, days })}
      />
      <Numbers
        label="Files and cases"
        value={filter.runs}
        choices={RUNS}
        said={(runs) => `of the last ${runs} Testruns`}
        onChange={(runs) => onChange({ ...filter, runs })}
      />
      <Text
        key={`username ${filter.username}`}
        label="User"
        value={filter.username}
        onChange={(username) => onChange({ ...filter, username })}
      />
      <Text
        key={`label ${filter.label}`}
        label="Label"
        placeholder="key or key=value"
        value={filter.label}
        onChange={(label) => onChange({ ...filter, label })}
      />
    </Stack>
  );
}

interface NumbersProps {
  label: string;
  value: number;
  choices: number[];
  said: (value: number) => string;
  onChange: (value: number) => void;
}

function Numbers({ label, value, choices, said, onChange }: NumbersProps) {
  return (
    <TextField
      select
      size="small"
      label={label}
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
      sx={{ minWidth: 165, flex: { xs: "1 1 140px", sm: "0 0 auto" } }}
    >
      {choices.map((choice) => (
        <MenuItem key={choice} value={choice}>
          {said(choice)}
        </MenuItem>
      ))}
    </TextField>
  );
}

interface TextProps {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
}

/** Counts once it is left or Enter is pressed: each question is costly for the server. */
function Text({ label, placeholder, value, onChange }: TextProps) {
  const [text, setText] = useState(value);
  const take = () => text.trim() !== value && onChange(text.trim());
  return (
    <TextField
      size="small"
      type="search"
      label={label}
      placeholder={placeholder}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
      sx={{ width: { sm: 170 }, flex: { xs: "1 1 130px", sm: "0 0 auto" } }}
    />
  );
}
