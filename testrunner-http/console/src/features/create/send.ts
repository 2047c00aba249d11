import { address } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { ProblemDocument, Testrun } from "../../api/types";

export interface Sent {
  bytes: number;
  of: number;
}

/** Sends a form. By XMLHttpRequest, because `fetch` does not tell how far an upload is. @throws ApiError */
export function send(
  form: FormData,
  key: string,
  progress: (sent: Sent) => void,
  signal: AbortSignal,
): Promise<Testrun> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("/api/v1/testruns"));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = ({ loaded, total }) => progress({ bytes: loaded, of: total });
    request.onload = () => {
      const answer = read(request.responseText);
      if (request.status >= 200 && request.status < 300 && answer) resolve(answer as Testrun);
      else reject(new ApiError(request.status, (answer ?? {}) as Partial<ProblemDocument>));
    };
    request.onerror = () => reject(new ApiError(0, { detail: BROKEN_OFF }));
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

/** A browser does not tell which of these it was. */
const BROKEN_OFF =
  "The upload broke off: the server does not answer, or a file was changed after it was chosen. " +
  "Submitting again is safe: what arrived counts once.";

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // A proxy's page, not the server's answer.
  }
}
