import { MONO } from "../../theme";
import { ChoiceField, OptionField, type OptionProps } from "./option-fields";

const LEVELS = {
  "": "Nothing: each has its own process",
  group: "Up to ten share a process",
  run: "All share one process",
};
const CODE = { htmlInput: { style: { fontFamily: MONO, fontSize: "0.85rem" }, spellCheck: false } };

/** What the pytest executor takes. */
export function PytestFields(props: OptionProps) {
  const wrong = props.errors.get("options");
  // The server names the option in its words, not as a field.
  const errors = new Map(props.errors);
  const name = NAMES.find((name) => wrong?.includes(`the option ${name} `)) ?? "args";
  if (wrong) errors.set(name, wrong);
  const all = { ...props, errors };
  return (
    <>
      <OptionField
        {...all}
        name="keyword"
        label="Names (-k)"
        help="Only tests whose names match: login and not slow"
        more={{ slotProps: CODE }}
      />
      <OptionField
        {...all}
        name="marker"
        label="Marks (-m)"
        help="Only tests whose marks match: not network"
        more={{ slotProps: CODE }}
      />
      <OptionField
        {...all}
        name="args"
        label="More arguments"
        help="One a line: --tb=short"
        more={{ slotProps: CODE, multiline: true, minRows: 1, maxRows: 8 }}
      />
      <ChoiceField
        {...all}
        name="isolation_level"
        label="What files share"
        help="How far they are kept apart"
        choices={LEVELS}
      />
    </>
  );
}

const NAMES = ["keyword", "marker", "args", "isolation_level"] as const;
