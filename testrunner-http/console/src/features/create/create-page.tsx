import Alert from "@mui/material/Alert";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import type { SchemaRole } from "../../api/schema.gen";
import { useTitle } from "../../components/title";
import { sessionQuery } from "../session/queries";
import { CreateForm } from "./create-form";

const MAY: Record<SchemaRole, boolean> = { viewer: false, worker: false, submitter: true, admin: true };

/** A new Testrun. */
export function CreatePage() {
  useTitle("New Testrun");
  const { data: who } = useQuery(sessionQuery);
  if (!who) return null; // The gate has let nobody in without it.
  return (
    <Stack spacing={2}>
      <Typography variant="h1">New Testrun</Typography>
      {MAY[who.role] ? (
        <CreateForm who={who} />
      ) : (
        <Alert severity="info">
          You are signed in as {who.role}: you may look at Testruns, not submit them. An administrator makes a
          token that may with: testrunner token create --role submitter --name NAME
        </Alert>
      )}
    </Stack>
  );
}
