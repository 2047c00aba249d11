import type { ProblemDocument } from "./types";

/** What the server refused, in its own words; or that it was not reached. */
export class ApiError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: string;
  /** What is wrong with which field, for forms. */
  readonly fields: { field: string; detail: string }[];

  constructor(status: number, problem: Partial<ProblemDocument>) {
    super(problem.detail || problem.title || `The server answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? "";
    this.fields = problem.errors ?? [];
  }

  static unreachable(): ApiError {
    return new ApiError(0, { detail: "The server does not answer." });
  }
}

/** The document of an answer of openapi-fetch. @throws ApiError */
export async function unwrap<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let settled: { data?: T; error?: unknown; response: Response };
  try {
    settled = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw ApiError.unreachable();
  }
  const { data, error, response } = settled;
  if (response.ok) return data as T;
  const problem = typeof error === "object" && error !== null ? (error as ProblemDocument) : {};
  throw new ApiError(response.status, problem);
}
