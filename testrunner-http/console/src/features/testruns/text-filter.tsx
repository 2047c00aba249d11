import TextField from "@mui/material/TextField";
import { useEffect, useState } from "react";

interface Props {
  label: string;
  value: string;
  hint?: string;
  onSet: (text: string) => void;
}

/** A word to narrow by; taken when it is entered or left, not with every key. */
export function TextFilter({ label, value, hint, onSet }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = () => {
    if (text.trim() === value) return;
    onSet(text.trim());
    setText(value === "" ? "" : text.trim());
  };
  return (
    <TextField
      size="small"
      label={label}
      placeholder={hint}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
      sx={{ width: 150 }}
    />
  );
}
