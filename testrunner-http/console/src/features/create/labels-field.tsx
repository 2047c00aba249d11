import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { UserText } from "../../components/user-text";
import { labelTrouble, withLabel } from "./label";

interface Props {
  labels: string[];
  error: string | undefined;
  disabled: boolean;
  onChange: (labels: string[]) => void;
}

/** Labels as chips; Enter makes one of what is typed. */
export function LabelsField({ labels, error, disabled, onChange }: Props) {
  const [text, setText] = useState("");
  const [trouble, setTrouble] = useState<string | null>(null);
  const take = () => {
    const label = text.trim();
    if (label === "") return;
    const wrong = labelTrouble(label);
    setTrouble(wrong);
    if (wrong !== null) return;
    onChange(withLabel(labels, label));
    setText("");
  };
  const wrong = trouble ?? error;
  return (
    <div>
      <TextField
        label="Labels"
        placeholder="branch=main"
        fullWidth
        size="small"
        value={text}
        disabled={disabled}
        error={wrong !== undefined}
        helperText={wrong ?? "key=value, then Enter: to find it by later"}
        onChange={(event) => {
          setText(event.target.value);
          setTrouble(null);
        }}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || text.trim() === "") return;
          event.preventDefault(); // Enter alone would submit the form.
          take();
        }}
      />
      {labels.length > 0 && (
        <Box
          component="ul"
          aria-label="Labels of this Testrun"
          sx={{ display: "flex", flexWrap: "wrap", gap: 0.5, listStyle: "none", m: 0, mt: 1, p: 0 }}
        >
          {labels.map((label) => (
            <li key={label}>
              <Chip
                size="small"
                disabled={disabled}
                label={<UserText>{label}</UserText>}
                onDelete={() => onChange(labels.filter((other) => other !== label))}
              />
            </li>
          ))}
        </Box>
      )}
    </div>
  );
}
