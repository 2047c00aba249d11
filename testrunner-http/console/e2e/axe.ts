import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import type { AxeResults } from "axe-core";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** What axe finds wrong with the page as it is now. */
export async function violations(page: Page, what: string): Promise<string[]> {
  // Evaluated by the debugger, which the page's policy does not concern.
  await page.evaluate(AXE);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${what}: ${id}: ${help}: ${nodes.map((node) => `${node.html.slice(0, 300)} ${node.failureSummary}`).join(" | ")}`,
  );
}
