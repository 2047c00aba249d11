/** Runs each named action at once, then at most once per interval; the last call is never lost. */
export class Throttle {
  readonly #every: number;
  readonly #waiting = new Map<string, (() => void) | null>();

  constructor(everyMs: number) {
    this.#every = everyMs;
  }

  run(name: string, action: () => void): void {
    if (this.#waiting.has(name)) {
      this.#waiting.set(name, action);
      return;
    }
    action();
    this.#waiting.set(name, null);
    setTimeout(() => {
      const next = this.#waiting.get(name);
      this.#waiting.delete(name);
      if (next) this.run(name, next);
    }, this.#every);
  }
}
