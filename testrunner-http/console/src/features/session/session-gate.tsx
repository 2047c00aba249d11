import Stack from "@mui/material/Stack";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { ApiError } from "../../api/errors";
import { Failure } from "../../components/failure";
import { testrunStore } from "../../store/instance";
import { sessionQuery } from "./queries";
import { SignIn } from "./sign-in";

/** Shows the console to who is signed in, and to everybody else how to. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useQuery(sessionQuery);
  useEffect(() => {
    if (data) testrunStore.start();
  }, [data]);
  if (data) return children;
  if (!error) return null;
  if (error instanceof ApiError && error.status === 401) return <SignIn error={error} />;
  return (
    <Stack component="main" sx={{ p: 4, maxWidth: 720, mx: "auto" }}>
      <Failure error={error} retry={() => void refetch()} />
    </Stack>
  );
}
