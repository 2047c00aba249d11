import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Testrun } from "../src/api/types";

const BINARY = process.env.TESTRUNNER_BIN ?? "../../target/debug/testrunner";
/** The first server may have to build an environment. */
const PATIENCE_MS = 240_000;
const PAUSE_MS = 50;

/** `testrunner serve` with data of its own. */
export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "testrunner-console-"));
  readonly #data = join(this.folder, "data");
  readonly #options: string[];
  #child: ChildProcess | null = null;
  #said = "";
  #port = 0;
  token = "";

  constructor(options: string[] = []) {
    this.#options = options;
    mkdirSync(this.#data);
    const environments = process.env.TESTRUNNER_E2E_ENVIRONMENTS;
    if (environments) {
      mkdirSync(environments, { recursive: true });
      symlinkSync(environments, join(this.#data, "environments"));
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, or starts it again on the port that it had. */
  async start(): Promise<this> {
    const env = { ...process.env };
    delete env.TESTRUNNER_SERVER;
    delete env.TESTRUNNER_TOKEN;
    rmSync(join(this.#data, "server.json"), { force: true });
    this.#child = spawn(
      BINARY,
      ["--data-dir", this.#data, "serve", "--bind", `127.0.0.1:${this.#port}`, ...this.#options],
      { cwd: this.folder, env, stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#child.stderr?.on("data", (bytes: Buffer) => {
      this.#said += bytes.toString();
    });
    await until("the server listens", async () => {
      if (this.#child?.exitCode !== null) throw new Error(`the server ended: ${this.#said}`);
      const told = readJson(join(this.#data, "server.json"));
      if (!told) return false;
      this.#port = Number(new URL(told.url).port);
      this.token = readFileSync(join(this.#data, "token"), "utf8").trim();
      return (await fetch(`${this.url}/readyz`)).ok;
    });
    return this;
  }

  /** Ends it without any notice. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** Ends it in order, and removes its data. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, Authorization: `Bearer ${this.token}` };
    const answer = await fetch(`${this.url}${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.ask(`/api/v1${path}`)).json() as Promise<T>;
  }

  /** An address that signs a browser in. */
  async link(path = "/"): Promise<string> {
    const made = await this.ask("/api/v1/session/codes", { method: "POST" });
    const { code } = (await made.json()) as { code: string };
    return `${this.url}${path}#t=${code}`;
  }

  async submit(files: Record<string, string>, fields: [string, string][] = []): Promise<Testrun> {
    const form = new FormData();
    for (const [name, value] of fields) form.append(name, value);
    for (const [path, text] of Object.entries(files)) form.append("files", new Blob([text]), path);
    return (await this.ask("/api/v1/testruns", { method: "POST", body: form })).json() as Promise<Testrun>;
  }

  /** Waits until a Testrun has ended. */
  async ended(id: number): Promise<Testrun> {
    let run: Testrun | null = null;
    await until(`Testrun ${id} ends`, async () => {
      run = await this.get<Testrun>(`/testruns/${id}`);
      return run.status === "SUCCESS" || run.status === "FAILED";
    });
    if (!run) throw new Error("unreachable");
    return run;
  }
}

/** Asks until the answer is yes. */
export async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const begun = Date.now();
  while (Date.now() - begun < PATIENCE_MS) {
    if (await ask().catch((error: unknown) => retryable(error))) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`waited in vain until ${what}`);
}

function retryable(error: unknown): false {
  // "fetch failed": nobody listens yet.
  if (error instanceof TypeError) return false;
  throw error;
}

function readJson(path: string): { url: string } | null {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
