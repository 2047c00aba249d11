import { EventSourceParserStream } from "eventsource-parser/stream";
import { address } from "../api/client";
import type { Testrun } from "../api/types";
import type { Change, Connection } from "./messages";

/** The server sends a comment every 15 s; after three missed ones the connection is given up. */
const SILENCE_MS = 45_000;
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000];

export interface StreamHandlers {
  change: (change: Change, position: number) => void;
  connection: (connection: Connection) => void;
}

/** Reads the stream of all Testruns, for ever: a lost connection is taken up where it ended. */
export async function readChanges(
  start: () => { position: number | null; watch: number[] },
  handlers: StreamHandlers,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await readOnce(start(), signal, {
        change: handlers.change,
        connection: (connection) => {
          failures = 0;
          handlers.connection(connection);
        },
      });
    } catch {
      // Every kind of failure has the same answer: say so, and try again.
    }
    if (signal.aborted) return;
    handlers.connection("lost");
    await pause(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 4_000, signal);
    failures += 1;
  }
}

async function readOnce(
  from: { position: number | null; watch: number[] },
  signal: AbortSignal,
  handlers: StreamHandlers,
): Promise<void> {
  const query = new URLSearchParams();
  if (from.position !== null) query.set("after", String(from.position));
  for (const id of from.watch) query.append("watch", String(id));
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  try {
    const answer = await fetch(`${address("/api/v1/events")}?${query}`, {
      headers: { Accept: "text/event-stream" },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!answer.ok || !answer.body) throw new Error(`the stream was refused: ${answer.status}`);
    const events = answer.body
      .pipeThrough(
        new TransformStream({
          transform: (bytes, to) => {
            heard();
            to.enqueue(bytes);
          },
        }),
      )
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .pipeThrough(new EventSourceParserStream())
      .getReader();
    let position = from.position ?? 0;
    for (;;) {
      const { done, value } = await events.read();
      if (done) return;
      if (value.id) position = Number(value.id);
      if (value.event === "ready") handlers.connection("live");
      const change = parse(value.event, value.data);
      if (change) handlers.change(change, position);
    }
  } finally {
    clearTimeout(timer);
  }
}

function parse(type: string | undefined, data: string): Change | null {
  switch (type) {
    case "testrun":
      return { type, testrun: JSON.parse(data) as Testrun };
    case "deleted":
      return { type, id: (JSON.parse(data) as { id: number }).id };
    case "reset":
      return { type };
    default:
      return null;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
