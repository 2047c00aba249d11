import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { keys } from "../../store/keys";
import { idempotencyKey } from "../testruns/actions";
import { buildForm } from "./build-form";
import type { Choice } from "./chosen";
import type { Draft } from "./draft";
import { rememberUsername } from "./last-username";
import { type Sent, send } from "./send";

export interface Submission {
  draft: Draft;
  choice: Choice;
  pytest: boolean;
}

/** Submits a Testrun. The same form sent again counts once; a changed one is another. */
export function useCreate() {
  const queries = useQueryClient();
  const [sent, setSent] = useState<Sent | null>(null);
  const stop = useRef<AbortController | null>(null);
  const last = useRef<{ draft: Draft; choice: Choice; key: string } | null>(null);
  const keyFor = ({ draft, choice }: Submission) => {
    if (last.current?.draft !== draft || last.current.choice !== choice) {
      last.current = { draft, choice, key: idempotencyKey() };
    }
    return last.current.key;
  };
  const mutation = useMutation({
    mutationFn: (submission: Submission) => {
      stop.current = new AbortController();
      setSent(null);
      const form = buildForm(submission.draft, submission.pytest, submission.choice);
      return send(form, keyFor(submission), setSent, stop.current.signal);
    },
    onSuccess: (testrun, { draft }) => {
      rememberUsername(draft.username);
      queries.setQueryData(keys.testrun(testrun.id), testrun);
      void queries.invalidateQueries({ queryKey: keys.lists });
    },
  });
  return { ...mutation, sent, stop: () => stop.current?.abort() };
}
