import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import type { Testrun } from "../../api/types";
import { Confirm } from "../../components/confirm";
import { useNotify } from "../../components/notices";
import { useMayAct } from "../../store/use-may-act";
import { useCancel, useDelete, useRerun } from "../testruns/actions";

export interface Verb {
  name: string;
  act: () => void;
  busy: boolean;
  danger?: boolean;
}

/** What the reader may do to this Testrun now, and the question that comes before what cannot be undone. */
export function useVerbs(testrun: Testrun): { verbs: Verb[]; question: ReactNode } {
  const { id } = testrun;
  const mayAct = useMayAct();
  const [asked, setAsked] = useState<"cancel" | "delete" | null>(null);
  const notify = useNotify();
  const navigate = useNavigate();
  const cancel = useCancel();
  const rerun = useRerun();
  const remove = useDelete();
  const failed = (error: Error) => notify(error.message, "error");
  const again = (onlyFailed: boolean) => ({
    act: () =>
      rerun.mutate(
        { id, failed: onlyFailed },
        { onSuccess: (made) => void navigate(`/testruns/${made.id}`), onError: failed },
      ),
    busy: rerun.isPending,
  });

  if (!mayAct) return { verbs: [], question: null };
  const ended = testrun.finished_at != null;
  const stopping = !ended && (testrun.stop != null || cancel.isPending);
  const someBad = (testrun.tests ?? []).some(({ outcome }) => outcome !== "passed" && outcome !== "empty");
  const verbs: Verb[] = [];
  if (!ended) {
    verbs.push({
      name: stopping ? "Stopping…" : "Cancel",
      act: () => setAsked("cancel"),
      busy: stopping,
      danger: true,
    });
  }
  if (ended && someBad) verbs.push({ name: "Rerun failed", ...again(true) });
  if (ended) verbs.push({ name: "Rerun", ...again(false) });
  if (ended)
    verbs.push({ name: "Delete", act: () => setAsked("delete"), busy: remove.isPending, danger: true });

  const question = (
    <>
      <Confirm
        open={asked === "cancel"}
        title={`Cancel Testrun ${id}?`}
        text="Tests that run are stopped, those that wait are not run. What has ended stays."
        verb="Cancel it"
        onClose={() => setAsked(null)}
        onConfirm={() => cancel.mutate(id, { onError: failed })}
      />
      <Confirm
        open={asked === "delete"}
        title={`Delete Testrun ${id}?`}
        text="Its files, results and log are removed for good."
        verb="Delete it"
        onClose={() => setAsked(null)}
        onConfirm={() =>
          remove.mutate(id, {
            onSuccess: () => {
              notify(`Testrun ${id} is deleted`);
              void navigate("/");
            },
            onError: failed,
          })
        }
      />
    </>
  );
  return { verbs, question };
}
