import ExpandMore from "@mui/icons-material/ExpandMore";
import Accordion from "@mui/material/Accordion";
import AccordionDetails from "@mui/material/AccordionDetails";
import AccordionSummary from "@mui/material/AccordionSummary";
import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { type ReactNode, useState } from "react";
import type { SchemaLimits } from "../../api/schema.gen";
import { countSet } from "./draft";
import { isAboutOptions } from "./field-errors";
import { LabelsField } from "./labels-field";
import { ChoiceField, NumberField, OptionField, type OptionProps } from "./option-fields";
import { PytestFields } from "./pytest-fields";

const PLANS = {
  "": "Longest first, small ones together",
  per_file: "Each file by itself",
  whole: "All files one after the other",
};

/** What most Testruns leave as it is, folded away. */
export function OptionsPanel(props: OptionProps & { pytest: boolean; limits: SchemaLimits | null }) {
  const { draft, errors, disabled, onChange, pytest, limits } = props;
  const [unfolded, setUnfolded] = useState(false);
  const set = countSet(draft, pytest);
  const usual = (us: number | undefined, otherwise: string) =>
    us === undefined ? otherwise : `${otherwise}; ${us / 1_000_000} if empty`;
  return (
    <Accordion
      variant="outlined"
      disableGutters
      expanded={unfolded || isAboutOptions(errors)}
      onChange={(_, open) => setUnfolded(open)}
      slotProps={{ heading: { component: "h2" } }}
      sx={{ borderRadius: 1, "&::before": { display: "none" } }}
    >
      <AccordionSummary expandIcon={<ExpandMore />}>
        <Typography component="span" sx={{ fontWeight: 500 }}>
          Options
        </Typography>
        <Typography component="span" color="textSecondary" sx={{ ml: 1 }}>
          {set === 0 ? "as usual" : `${set} set`}
        </Typography>
      </AccordionSummary>
      <AccordionDetails sx={{ display: "grid", gap: 2 }}>
        <LabelsField
          labels={draft.labels}
          error={errors.get("label")}
          disabled={disabled}
          onChange={(labels) => onChange({ labels })}
        />
        {pytest ? (
          <PytestFields {...props} />
        ) : (
          <OptionField
            {...props}
            name="options"
            label="Options of the executor"
            help="A JSON object"
            more={{ multiline: true, minRows: 2 }}
          />
        )}
        <ChoiceField {...props} name="plan" label="Order" help="How files are grouped" choices={PLANS} />
        <Pair>
          <NumberField {...props} name="max_fail" label="Stop after failures" help="1 stops at the first" />
          <NumberField {...props} name="priority" label="Priority" help="-100 to 100; larger goes first" />
          <NumberField
            {...props}
            name="file_timeout"
            label="Time for one file"
            help={usual(limits?.file_timeout_us, "Seconds")}
          />
          <NumberField {...props} name="timeout" label="Time for all" help="Seconds; no limit if empty" />
          <NumberField
            {...props}
            name="grace"
            label="Time to clean up"
            help={usual(limits?.grace_us, "Seconds until killed")}
          />
          <OptionField {...props} name="executor" label="Executor" help="The server's usual one if empty" />
        </Pair>
      </AccordionDetails>
    </Accordion>
  );
}

function Pair({ children }: { children: ReactNode }) {
  return (
    <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: "repeat(auto-fit, minmax(150px, 1fr))" }}>
      {children}
    </Box>
  );
}
