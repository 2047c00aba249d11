import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { ApiError, unwrap } from "../../api/errors";
import { keys } from "../../store/keys";

/** Nobody is, and nothing was tried. */
export class NotSignedIn extends ApiError {
  constructor() {
    super(401, { detail: "Nobody is signed in." });
  }
}

/** Who is signed in. */
export const sessionQuery = queryOptions({
  queryKey: keys.session,
  // Not to be aborted half-way: a code can be swapped only once.
  queryFn: async () => {
    await swapped;
    return unwrap(api.GET("/api/v1/session")).catch((error: unknown) => {
      throw error instanceof ApiError && error.status === 401 ? new NotSignedIn() : error;
    });
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Swaps a one-time code for the browser's cookie. */
export function signIn(code: string) {
  return unwrap(api.POST("/api/v1/session", { body: { code } }));
}

/** Has a one-time code made by a token, and swaps it. */
export async function signInWithToken(token: string): Promise<void> {
  const made = await unwrap(
    api.POST("/api/v1/session/codes", { headers: { Authorization: `Bearer ${token}` } }),
  );
  await signIn(made.code);
  forgetCode();
}

export function signOut() {
  return unwrap(api.DELETE("/api/v1/session"));
}

/** Begun as the page is loaded; what it failed with is told to whoever asks for the session first. */
let swapped = swapCodeOfAddress();
swapped.catch(() => {});

/** Who has been told that the code was wrong can still sign in by other means. */
function forgetCode(): void {
  swapped = Promise.resolve();
}

async function swapCodeOfAddress(): Promise<void> {
  const code = new URLSearchParams(location.hash.slice(1)).get("t");
  if (!code) return;
  // Out of the address and of the history before anything else: it is a secret, though for once only.
  history.replaceState(history.state, "", location.pathname + location.search);
  await signIn(code);
}
