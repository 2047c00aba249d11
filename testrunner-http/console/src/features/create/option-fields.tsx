import MenuItem from "@mui/material/MenuItem";
import TextField, { type TextFieldProps } from "@mui/material/TextField";
import type { Draft } from "./draft";

/** Fields that hold one text. */
export type TextName = Exclude<keyof Draft, "labels">;

export interface OptionProps {
  draft: Draft;
  errors: ReadonlyMap<string, string>;
  disabled: boolean;
  onChange: (change: Partial<Draft>) => void;
}

interface FieldProps extends OptionProps {
  name: TextName;
  label: string;
  help: string;
  more?: Partial<TextFieldProps>;
}

/** One text of the draft, with what the server said of it. */
export function OptionField({ draft, errors, disabled, onChange, name, label, help, more }: FieldProps) {
  const error = errors.get(name);
  return (
    <TextField
      label={label}
      size="small"
      fullWidth
      value={draft[name]}
      disabled={disabled}
      error={error !== undefined}
      helperText={error ?? help}
      onChange={(event) => onChange({ [name]: event.target.value })}
      {...more}
    />
  );
}

/** A whole number, as text: the server judges it. */
export function NumberField(props: FieldProps) {
  return <OptionField {...props} more={{ slotProps: { htmlInput: { inputMode: "numeric" } } }} />;
}

/** One of a few words. */
export function ChoiceField({ choices, ...props }: FieldProps & { choices: Record<string, string> }) {
  const items = Object.entries(choices).map(([value, said]) => (
    <MenuItem key={value} value={value}>
      {said}
    </MenuItem>
  ));
  const more = {
    select: true,
    children: items,
    slotProps: { select: { displayEmpty: true }, inputLabel: { shrink: true } },
  };
  return <OptionField {...props} more={more} />;
}
