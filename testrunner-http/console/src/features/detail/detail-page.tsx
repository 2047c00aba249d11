import Skeleton from "@mui/material/Skeleton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { ApiError } from "../../api/errors";
import { Failure } from "../../components/failure";
import { useTitle } from "../../components/title";
import { testrunQuery } from "../testruns/queries";
import { Detail } from "./detail";
import { NotThere } from "./not-there";

/** One Testrun. */
export function DetailPage() {
  const { id } = useParams();
  useTitle(`Testrun ${id}`);
  if (!id || !/^[1-9]\d{0,14}$/.test(id)) return <NotThere message={`There is no Testrun ${id}`} />;
  return <Read key={id} id={Number(id)} />;
}

function Read({ id }: { id: number }) {
  const { data, error, refetch } = useQuery(testrunQuery(id));
  const missing = error instanceof ApiError && error.status === 404;
  if (data) return <Detail testrun={data} gone={missing} />;
  if (missing) return <NotThere message={error.message} />;
  return (
    <Stack spacing={1.5}>
      <Typography variant="h1">Testrun {id}</Typography>
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <>
          <Skeleton variant="rounded" height={56} />
          <Skeleton variant="rounded" height={520} />
        </>
      )}
    </Stack>
  );
}
