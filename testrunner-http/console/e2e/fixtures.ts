import { test as base, expect, type Page } from "@playwright/test";
import { Server } from "./server";

interface Worker {
  /** One server for all tests of a file. */
  server: Server;
}

interface Each {
  /** What went wrong in the page: errors, and what the policy refused. */
  faults: string[];
  /** A page that is signed in, at the list. */
  signedIn: Page;
}

export const test = base.extend<Each, Worker>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed from it.
    async ({}, use) => {
      const server = await new Server([
        "-j",
        "1",
        "--submits-per-minute",
        "100000",
        "--submit-burst",
        "10000",
      ]).start();
      await use(server);
      await server.end();
    },
    { scope: "worker", timeout: 300_000 },
  ],
  faults: async ({ page }, use) => {
    const faults: string[] = [];
    watch(page, faults);
    await use(faults);
    expect(faults, "nothing goes wrong in the page").toEqual([]);
  },
  signedIn: async ({ page, server, faults }, use) => {
    void faults;
    await page.goto(await server.link());
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await use(page);
  },
});

/** Notes errors of a page. Requests that a stopped server does not answer are no errors of the page. */
export function watch(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) faults.push(text);
  });
}

export { expect };
