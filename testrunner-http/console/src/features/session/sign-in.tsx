import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Paper from "@mui/material/Paper";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { CommandLine } from "../../components/command-line";
import { keys } from "../../store/keys";
import { NotSignedIn, signInWithToken } from "./queries";

/** How to get in, and why it did not work. */
export function SignIn({ error }: { error: Error }) {
  const [token, setToken] = useState("");
  const queries = useQueryClient();
  const enter = useMutation({
    mutationFn: signInWithToken,
    onSuccess: () => queries.resetQueries({ queryKey: keys.session }),
  });
  const shown = enter.error ?? (error instanceof NotSignedIn ? null : error);
  return (
    <Stack component="main" sx={{ minHeight: "100vh", alignItems: "center", justifyContent: "center", p: 2 }}>
      <Paper variant="outlined" sx={{ p: 4, maxWidth: 480, width: "100%" }}>
        <Stack
          component="form"
          spacing={2}
          onSubmit={(event) => {
            event.preventDefault();
            enter.mutate(token.trim());
          }}
        >
          <Typography variant="h1">Sign in to TestRunner</Typography>
          {shown && <Alert severity="error">{shown.message}</Alert>}
          <Typography>On the machine of the server, this opens the console, signed in:</Typography>
          <CommandLine command="testrunner open" />
          <TextField
            label="Or paste a token"
            type="password"
            autoComplete="off"
            value={token}
            onChange={(event) => setToken(event.target.value)}
            helperText="An administrator makes one with: testrunner token create --role submitter --name NAME"
          />
          <Button type="submit" variant="contained" disabled={token.trim() === ""} loading={enter.isPending}>
            Sign in
          </Button>
        </Stack>
      </Paper>
    </Stack>
  );
}
