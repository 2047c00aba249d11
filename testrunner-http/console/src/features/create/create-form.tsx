import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import type { WhoAmI } from "../../api/types";
import { Failure } from "../../components/failure";
import { useCreate } from "./actions";
import { AddedNotes } from "./added-notes";
import { BLANK } from "./draft";
import { DropZone } from "./drop-zone";
import { fieldErrors, isToldAtFields } from "./field-errors";
import { FileList } from "./file-list";
import { lastUsername } from "./last-username";
import { LeaveGuard } from "./leave-guard";
import { OptionsPanel } from "./options-panel";
import { UploadProgress } from "./upload-progress";
import { useChoice } from "./use-choice";
import { useSelection } from "./use-selection";
import { UsernameField } from "./username-field";

/** Files on one side, who and how on the other. */
export function CreateForm({ who }: { who: WhoAmI }) {
  const navigate = useNavigate();
  const { choice, notes, ...edit } = useChoice();
  const [draft, setDraft] = useState(() => {
    const username = who.role === "admin" ? (lastUsername() ?? who.subject) : who.subject;
    return { ...BLANK, username };
  });
  const { selection, sorted, obstacle, failure } = useSelection(choice, draft.executor.trim());
  const pytest = (draft.executor.trim() || selection?.executor || "pytest") === "pytest";
  const create = useCreate();
  const busy = create.isPending;
  const created = create.data?.id;
  useEffect(() => {
    if (created !== undefined) navigate(`/testruns/${created}`);
  }, [created, navigate]);
  const stopped = create.error?.name === "AbortError";
  const errors = fieldErrors(create.error);
  const toldAtFields = isToldAtFields(errors);
  const missing = draft.username.trim() === "" ? "Say who asks: the username is empty." : obstacle;
  const change = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const limits = selection?.limits ?? null;
  return (
    <Box
      component="form"
      noValidate
      aria-label="New Testrun"
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === null && !busy) create.mutate({ draft, choice, pytest });
      }}
      sx={{
        // What a field is for stays readable while it is sent.
        "& .MuiFormHelperText-root.Mui-disabled": { color: "text.secondary" },
        display: "grid",
        gap: 2,
        alignItems: "start",
        gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "minmax(0, 1fr) 380px" },
      }}
    >
      <LeaveGuard uploading={busy} onLeave={create.stop} />
      <Stack spacing={2}>
        <DropZone limits={limits} disabled={busy} onFound={edit.add} />
        <AddedNotes {...notes} />
        {failure && <Alert severity="warning">What would run cannot be told: {failure.message}</Alert>}
        {(choice.archive || choice.files.length > 0) && (
          <FileList
            choice={choice}
            sorted={sorted}
            disabled={busy}
            onRemove={edit.remove}
            onWithoutTop={edit.withoutTop}
            onClear={edit.clear}
          />
        )}
      </Stack>
      <Stack
        spacing={2}
        sx={{
          position: { md: "sticky" },
          top: { md: 80 },
          maxHeight: { md: "calc(100vh - 96px)" },
          overflowY: { md: "auto" },
          // Room for labels on frames and for focus rings, which scrolling would cut off.
          p: 1,
          m: -1,
        }}
      >
        <UsernameField
          who={who}
          value={draft.username}
          error={errors.get("username")}
          disabled={busy}
          onChange={(username) => change({ username })}
        />
        <OptionsPanel
          draft={draft}
          errors={errors}
          disabled={busy}
          onChange={change}
          pytest={pytest}
          limits={limits}
        />
        {stopped && <Alert severity="info">The upload was stopped; nothing was submitted.</Alert>}
        {create.error && !stopped && !toldAtFields && <Failure error={create.error} />}
        {busy ? (
          <UploadProgress sent={create.sent} onStop={create.stop} />
        ) : (
          <>
            <Button
              type="submit"
              variant="contained"
              size="large"
              disabled={missing !== null}
              aria-describedby="missing"
            >
              Submit
            </Button>
            <Box
              id="missing"
              role="status"
              sx={{ color: "text.secondary", fontSize: "0.875rem", minHeight: "1.5em" }}
            >
              {missing ?? (toldAtFields && "The server refused what the marked fields say.")}
            </Box>
          </>
        )}
      </Stack>
    </Box>
  );
}
