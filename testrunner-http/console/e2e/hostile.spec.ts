import type { Page } from "@playwright/test";
import type { Testrun } from "../src/api/types";
import { expect, test, watch } from "./fixtures";
import { PAYLOADS } from "./payloads";
import type { Server } from "./server";

/** Every field that a user or a test controls has the payload; what a field cannot hold is left out there only. */
async function submit(server: Server, payload: string): Promise<Testrun> {
  const told = JSON.stringify(payload);
  const text = `import sys, pytest

@pytest.mark.parametrize("it", [${told}], ids=[${told}])
def test_it(it):
    print(${told})
    print("\\x1b]8;;javascript:pwned()\\x07" + ${told} + "\\x1b]8;;\\x07\\x1b[31m" + ${told}, file=sys.stderr)
    assert it == "", ${told}

@pytest.mark.skip(reason=${told})
def test_skipped():
    pass
`;
  // What a path may not have, and a "[", after which pytest looks for a case.
  const folder = payload.replaceAll(/[%[\\/:\u202e]/g, "_").replace(/^[ .]+|[ .]+$/g, "_");
  const path = `${folder}/test_it.py`;
  const fields: [string, string][] = [
    ["username", payload.replaceAll("\u202e", "_")],
    ["label", `note=${payload.replaceAll("\u202e", "_")}`],
  ];
  return server.submit({ [path]: text }, fields);
}

async function trap(page: Page): Promise<string[]> {
  const run: string[] = [];
  await page.exposeFunction("pwned", () => run.push("pwned() was called"));
  page.on("dialog", (dialog) => {
    run.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("popup", (popup) => run.push(`a window: ${popup.url()}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      // biome-ignore lint/suspicious/noConsole: the test reads it there.
      console.error(`the policy refused ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return run;
}

test("nothing that a user or a test says is ever run", async ({ page, server }) => {
  test.setTimeout(900_000);
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(60);
  const ids: number[] = [];
  for (const payload of PAYLOADS) ids.push((await submit(server, payload)).id);
  for (const id of ids) await server.ended(id);

  const faults: string[] = [];
  watch(page, faults);
  const run = await trap(page);
  await page.goto(await server.link());
  for (const path of [
    "/",
    "/workers",
    "/insights",
    "/new",
    `/?text=${encodeURIComponent(PAYLOADS[0] ?? "")}`,
  ]) {
    await page.goto(`${server.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.waitForLoadState("load");
  }
  for (const [n, id] of ids.entries()) {
    const payload = PAYLOADS[n] ?? "";
    const shown = payload.replaceAll("\u202e", "").slice(0, 20);
    await page.goto(`${server.url}/testruns/${id}`);
    // Opens at the failure: name, message, traceback and its output stand there.
    await expect(page.getByRole("main")).toContainText("AssertionError");
    await expect(page.getByRole("main")).toContainText(shown);
    await page.goto(`${server.url}/testruns/${id}?view=log`);
    await expect(page.getByRole("log")).toContainText(shown);
  }
  expect(run).toEqual([]);
  expect(faults).toEqual([]);
});
