import TextField from "@mui/material/TextField";
import type { WhoAmI } from "../../api/types";

interface Props {
  who: WhoAmI;
  value: string;
  error: string | undefined;
  disabled: boolean;
  onChange: (username: string) => void;
}

/** Who asks for the Testrun. */
export function UsernameField({ who, value, error, disabled, onChange }: Props) {
  const isAdmin = who.role === "admin";
  const help = isAdmin
    ? "Who asks for it. As an admin you may submit for others."
    : "Who asks for it. Your token submits under its own name; an admin may submit for others.";
  return (
    <TextField
      label="Username"
      required
      fullWidth
      size="small"
      autoComplete="username"
      value={value}
      disabled={disabled}
      error={error !== undefined}
      helperText={error ?? help}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { maxLength: 64, readOnly: !isAdmin, dir: "auto" } }}
    />
  );
}
