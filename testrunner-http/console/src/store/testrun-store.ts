import type { QueryClient } from "@tanstack/react-query";
import type { Testrun } from "../api/types";
import { applyChange } from "./apply-change";
import type { Change, Connection, Message } from "./messages";
import { readChanges } from "./stream";
import type { Tabs } from "./tabs";
import { Watched } from "./watched";

const REMIND_MS = 60_000;

/**
 * Owns the connection to the server: one stream of changes for all tabs of a browser. What it hears goes into the
 * cache of queries, from which all pages read.
 */
export class TestrunStore {
  readonly #tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
  readonly #queries: QueryClient;
  readonly #tabs: Tabs;
  readonly #watched = new Watched();
  readonly #mine = new Map<number, number>();
  readonly #listeners = new Set<() => void>();
  readonly #heard = new Map<number, Set<(testrun: Testrun) => void>>();
  #connection: Connection = "connecting";
  #position: number | null = null;
  #restart: AbortController | null = null;
  #started = false;

  constructor(queries: QueryClient, tabs: Tabs) {
    this.#queries = queries;
    this.#tabs = tabs;
  }

  /** To be called once somebody is signed in. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#tabs.listen((message) => this.#receive(message));
    this.#tabs.lead(() => void this.#hold());
    this.#tabs.tell({ kind: "hello" });
    setInterval(() => this.#announce(), REMIND_MS);
    addEventListener("pagehide", () => this.#tabs.tell({ kind: "watch", tab: this.#tab, ids: [] }));
    addEventListener("pageshow", () => this.#announce());
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Calls back when the connection changes, until the returned function is called. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks for a Testrun's progress, not only its changes of status, until the returned function is called. */
  watch(id: number, listener?: (testrun: Testrun) => void): () => void {
    this.#mine.set(id, (this.#mine.get(id) ?? 0) + 1);
    if (listener) this.#heard.set(id, (this.#heard.get(id) ?? new Set()).add(listener));
    this.#announce();
    return () => {
      const left = (this.#mine.get(id) ?? 1) - 1;
      if (left > 0) this.#mine.set(id, left);
      else this.#mine.delete(id);
      if (listener) this.#heard.get(id)?.delete(listener);
      this.#announce();
    };
  }

  async #hold(): Promise<void> {
    this.#tabs.tell({ kind: "hello" });
    for (;;) {
      this.#restart = new AbortController();
      await readChanges(
        () => ({ position: this.#position, watch: this.#watched.ids(Date.now()) }),
        {
          change: (change, position) => {
            this.#tabs.tell({ kind: "change", change, position });
            this.#apply(change, position);
          },
          connection: (connection) => {
            this.#tabs.tell({ kind: "connection", connection });
            this.#connected(connection);
          },
        },
        this.#restart.signal,
      );
    }
  }

  #receive(message: Message): void {
    switch (message.kind) {
      case "change":
        this.#apply(message.change, message.position);
        break;
      case "connection":
        this.#connected(message.connection);
        break;
      case "watch":
        this.#want(message.tab, message.ids);
        break;
      case "hello":
        this.#announce();
        if (this.#restart) this.#tabs.tell({ kind: "connection", connection: this.#connection });
        break;
    }
  }

  #announce(): void {
    if (!this.#started) return;
    const ids = [...this.#mine.keys()];
    this.#tabs.tell({ kind: "watch", tab: this.#tab, ids });
    this.#want(this.#tab, ids);
  }

  #want(tab: string, ids: number[]): void {
    // Every tab keeps the list, because each may come to hold the stream.
    if (this.#watched.set(tab, ids, Date.now())) this.#restart?.abort();
  }

  #apply(change: Change, position: number): void {
    this.#position = position;
    applyChange(this.#queries, change);
    if (change.type === "testrun") {
      for (const listener of this.#heard.get(change.testrun.id) ?? []) listener(change.testrun);
    }
  }

  #connected(connection: Connection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    for (const listener of this.#listeners) listener();
  }
}
