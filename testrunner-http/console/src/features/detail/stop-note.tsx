import Typography from "@mui/material/Typography";
import type { Testrun } from "../../api/types";
import { Ago } from "../../components/time";
import { UserText } from "../../components/user-text";

type Why = NonNullable<Testrun["stop"]>["why"];

const WHY: Record<Why, string> = {
  cancel: "Cancelled",
  fail_fast: "Stopped after enough failures",
  deadline: "Stopped because its time was up",
  drain: "Stopped because its worker was to end",
  lease_lost: "Stopped because its worker was no longer heard of",
};

/** Who asked it to stop, and why. */
export function StopNote({ testrun }: { testrun: Testrun }) {
  const { stop, finished_at } = testrun;
  if (!stop) return null;
  return (
    <Typography variant="body2" role="status">
      {WHY[stop.why]} by <UserText>{stop.by}</UserText> <Ago at={stop.at} />
      {finished_at == null && "; stopping…"}
    </Typography>
  );
}
