import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Server } from "./server";

/** A file for which tests wait, so that what is seen in between does not depend on how fast anything is. */
export class Gate {
  readonly #path: string;

  constructor(server: Server, name: string) {
    this.#path = join(server.folder, name);
  }

  /** A test that waits until the gate is opened, saying so first; then passes, or fails. */
  test(name: string, fails = false): string {
    return `import os, time

def ${name}():
    print("waiting at ${name}", flush=True)
    while not os.path.exists(${JSON.stringify(this.#path)}):
        time.sleep(0.02)
    print("let through at ${name}", flush=True)
    assert ${fails ? `"what was wanted" == "what was got"` : "True"}
`;
  }

  open(): void {
    writeFileSync(this.#path, "");
  }
}
