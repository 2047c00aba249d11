import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { api } from "../../api/client";
import { CaseOutput } from "./case-output";

afterEach(() => void vi.restoreAllMocks());

interface Query {
  file: number;
  before: number;
  limit: number;
}
interface Reads {
  GET: (path: string, init: { params: { query: Query } }) => Promise<unknown>;
}

/** A server whose log has a line of the case in each piece from 10 on, and one of another case before. */
function serve() {
  const asked: Query[] = [];
  vi.spyOn(api as unknown as Reads, "GET").mockImplementation(async (_, init) => {
    const { query } = init.params;
    asked.push(query);
    const { before, limit } = query;
    const from = Math.max(1, before - limit);
    const chunks = Array.from({ length: before - from }, (_, at) => ({
      ...{ seq: from + at, at: 0, epoch: 1, file: 3, stream: "stdout", encoding: "utf-8" },
      ...{ offset: (from + at) * 100, data: `line ${from + at}\n` },
      ...{ case: from + at >= 10 ? "mine" : "other", superseded: from + at === 11 },
    }));
    const page = { chunks, next_after: before - 1, end: false, next_before: from > 1 ? from : null };
    return { data: page, response: new Response() };
  });
  return asked;
}

function show(name: string, seq: number) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <CaseOutput id={7} file={3} name={name} seq={seq} />
    </QueryClientProvider>,
  );
}

test("shows the last lines of the case, and more when wanted", async () => {
  const asked = serve();
  show("mine", 300);
  await screen.findByText("line 299");
  expect(asked[0]).toEqual({ file: 3, before: 300, limit: 16 });
  expect(screen.queryByText("line 12")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: /Show more/ }));
  await screen.findByText("line 12");
  expect(screen.queryByText("line 11"), "of an attempt that was taken back").toBeNull();
  expect(screen.queryByText("line 9"), "of another case").toBeNull();
  expect(screen.queryByRole("button", { name: /Show more/ })).toBeNull();
});

test("says that a case wrote nothing", async () => {
  serve();
  show("silent", 9);
  await screen.findByText("This case wrote nothing.");
});
