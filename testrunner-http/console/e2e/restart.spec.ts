import type { LogPage } from "../src/api/types";
import { expect, test, watch } from "./fixtures";
import { Gate } from "./gate";
import { Server } from "./server";

test("a server that dies under an open page: nothing missed, nothing twice", async ({ page }) => {
  test.setTimeout(300_000);
  const server = await new Server(["-j", "1"]).start();
  try {
    const faults: string[] = [];
    watch(page, faults);
    const gate = new Gate(server, "gate");
    const { id } = await server.submit({ "test_waits.py": gate.test("test_waits", true) });
    await page.goto(await server.link(`/testruns/${id}?view=log`));
    const log = page.getByRole("log");
    await expect(log).toContainText("waiting at test_waits");
    await expect(page.getByRole("banner").getByRole("status")).toContainText("Live");

    await server.kill();
    await expect(page.getByRole("banner").getByRole("status")).toContainText("Disconnected");
    await expect(log).toContainText("waiting at test_waits");

    await server.start();
    await expect(page.getByRole("banner").getByRole("status")).toContainText("Live");
    gate.open();
    await expect(page.locator("main header")).toContainText("Failed");
    await server.ended(id);

    // Two attempts, each with its output: what the page shows is what is stored, line by line.
    const stored = (await server.get<LogPage>(`/testruns/${id}/log/chunks`)).chunks;
    const lines = stored
      .map(({ data }) => data)
      .join("")
      .split("\n")
      .filter(Boolean);
    expect(lines.filter((line) => line === "waiting at test_waits").length).toBe(2);
    await expect(log).toContainText("let through at test_waits");
    const shown = (await log.locator(".line .text").allTextContents()).map((line) => line.trim());
    expect(shown.filter((line) => lines.includes(line))).toEqual(lines);
    await expect(log.getByText("earlier attempt, taken back")).toHaveCount(1);
    await expect(page.getByRole("tree")).toContainText("2 attempts");
    expect(faults).toEqual([]);
  } finally {
    await server.end();
  }
});
