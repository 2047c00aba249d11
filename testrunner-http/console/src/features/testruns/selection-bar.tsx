import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Paper from "@mui/material/Paper";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Testrun } from "../../api/types";
import { Confirm } from "../../components/confirm";
import { useNotify } from "../../components/notices";
import { useCancel, useDelete, useRerun } from "./actions";
import { applicable, type BulkVerb, each } from "./bulk";
import type { Selection } from "./use-selection";

const WORDS: Record<BulkVerb, { verb: string; done: string; warning: string }> = {
  cancel: {
    verb: "Cancel",
    done: "asked to stop",
    warning: "What has run already stays recorded; the rest is not run.",
  },
  rerun: { verb: "Rerun", done: "submitted once more", warning: "" },
  delete: { verb: "Delete", done: "deleted", warning: "Results, logs and files are gone for good." },
};

/** What can be done to the chosen Testruns. */
export function SelectionBar({ runs, selection }: { runs: Testrun[]; selection: Selection }) {
  const [asked, setAsked] = useState<BulkVerb | null>(null);
  const acts = { cancel: useCancel(), rerun: useRerun(), delete: useDelete() };
  const notify = useNotify();
  const chosen = runs.filter((run) => selection.ids.includes(run.id));
  const bulk = useMutation({
    mutationFn: (verb: BulkVerb) =>
      each(applicable(verb, chosen), (id) =>
        verb === "rerun" ? acts.rerun.mutateAsync({ id, failed: false }) : acts[verb].mutateAsync(id),
      ),
    onSuccess: ({ done, refused }, verb) => {
      if (done.length > 0) notify(`${plural(done.length)} ${WORDS[verb].done}`);
      if (refused.length === 0) selection.clear();
    },
  });
  const begin = (verb: BulkVerb) => (verb === "rerun" ? bulk.mutate(verb) : setAsked(verb));
  return (
    <Paper
      variant="outlined"
      role="region"
      aria-label="Selected Testruns"
      sx={{ p: 1, position: "sticky", bottom: 8, zIndex: 5 }}
    >
      <Stack direction="row" useFlexGap sx={{ alignItems: "center", flexWrap: "wrap", gap: 1 }}>
        <Typography sx={{ px: 1 }}>{plural(chosen.length)} selected</Typography>
        {(Object.keys(WORDS) as BulkVerb[]).map((verb) => {
          const n = applicable(verb, chosen).length;
          return (
            <Button
              key={verb}
              variant="outlined"
              color={verb === "delete" ? "error" : "primary"}
              disabled={n === 0 || bulk.isPending}
              onClick={() => begin(verb)}
            >
              {WORDS[verb].verb} {n}
            </Button>
          );
        })}
        <Button onClick={selection.clear}>Clear</Button>
      </Stack>
      {bulk.data?.refused.map(({ id, error }) => (
        <Alert key={id} severity="error" sx={{ mt: 1 }}>
          Testrun {id}: {error.message}
        </Alert>
      ))}
      {asked && (
        <Confirm
          open
          title={`${WORDS[asked].verb} ${plural(applicable(asked, chosen).length)}?`}
          text={WORDS[asked].warning}
          verb={WORDS[asked].verb}
          onClose={() => setAsked(null)}
          onConfirm={() => bulk.mutate(asked)}
        />
      )}
    </Paper>
  );
}

function plural(n: number): string {
  return n === 1 ? "1 Testrun" : `${n} Testruns`;
}
