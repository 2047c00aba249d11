import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { Gate } from "./gate";
import type { Server } from "./server";

const header = (page: Page) => page.locator("main header");
const row = (page: Page, id: number) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name: `Testrun ${id}`, exact: true }) });

/** The id in the page's address. */
async function shownId(page: Page): Promise<number> {
  await page.waitForURL(/\/testruns\/\d+/);
  return Number(/testruns\/(\d+)/.exec(page.url())?.[1]);
}

/** Takes the one slot of the server until its gate is opened. */
async function occupy(server: Server, name: string): Promise<{ gate: Gate; id: number }> {
  const gate = new Gate(server, name);
  const { id } = await server.submit({ "test_block.py": gate.test("test_block") });
  return { gate, id };
}

test("two picked files, from created to failed, live in the list and on their page", async ({
  signedIn: page,
  server,
  context,
}) => {
  const block = await occupy(server, "block-1");
  const gate = new Gate(server, "gate-1");
  const list = await context.newPage();
  await list.goto(`${server.url}/`);
  await expect(row(list, block.id)).toContainText("Running");

  await page.getByRole("link", { name: "New Testrun" }).click();
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Files", { exact: true }).setInputFiles([
    { name: "test_waits.py", mimeType: "text/x-python", buffer: Buffer.from(gate.test("test_waits")) },
    {
      name: "test_fails.py",
      mimeType: "text/x-python",
      buffer: Buffer.from("def test_fails():\n    print('look here')\n    assert 1 == 2\n"),
    },
  ]);
  await expect(page.getByText("test_waits.py")).toBeVisible();
  await page.getByRole("button", { name: "Submit" }).click();

  const id = await shownId(page);
  await expect(header(page)).toContainText("Created");
  await expect(row(list, id)).toContainText("Created");
  await expect(row(list, id)).toContainText("ada");
  block.gate.open();
  await expect(header(page)).toContainText("Running");
  await expect(row(list, id)).toContainText("Running");
  gate.open();
  await expect(header(page)).toContainText("Failed");
  await expect(row(list, id)).toContainText("Failed");
  await expect(row(list, id).getByRole("img")).toHaveAttribute("aria-label", /1 failed, 1 passed/);

  // Whoever comes now sees the failure first: its message and its output.
  await page.goto(`${server.url}/testruns/${id}`);
  await expect(page.getByRole("main")).toContainText("assert 1 == 2");
  await expect(page.getByRole("main")).toContainText("look here");
});

test("dropped files, the one that only supports told apart", async ({ signedIn: page, server }) => {
  await page.getByRole("link", { name: "New Testrun" }).click();
  await page.getByLabel("Username").fill("grace");
  const data = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(
      new File(["from helper import one\n\ndef test_one():\n    assert one() == 1\n"], "test_one.py"),
    );
    data.items.add(new File(["def one():\n    return 1\n"], "helper.py"));
    return data;
  });
  for (const type of ["dragenter", "dragover", "drop"])
    await page.dispatchEvent("main", type, { dataTransfer: data });
  await expect(page.getByRole("region", { name: /will run/i })).toContainText("test_one.py");
  await expect(page.getByRole("region", { name: /support/i })).toContainText("helper.py");
  await page.getByRole("button", { name: "Submit" }).click();
  const id = await shownId(page);
  await expect(header(page)).toContainText("Success");
  expect((await server.ended(id)).username).toBe("grace");
});

test("a hanging Testrun is cancelled, and what failed is run again", async ({ signedIn: page, server }) => {
  const { id } = await server.submit({
    "test_a_fails.py": "def test_fails():\n    assert 1 == 2\n",
    "test_b_hangs.py": "import time\n\ndef test_hangs():\n    time.sleep(10_000)\n",
  });
  await page.goto(`${server.url}/testruns/${id}`);
  await expect(header(page)).toContainText("Running");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
  await expect(header(page)).toContainText("Failed");
  await expect(header(page)).toContainText("cancelled");

  await page.getByRole("button", { name: "Rerun failed" }).click();
  await page.waitForURL((url) => /testruns\/\d+/.test(url.pathname) && !url.pathname.endsWith(`/${id}`));
  const again = await shownId(page);
  await expect(header(page).getByRole("link", { name: `Testrun ${id}` })).toBeVisible();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
  await expect(header(page)).toContainText("Failed");
  expect((await server.ended(again)).retry_of).toBe(id);
});

test("several are deleted at once from the list", async ({ signedIn: page, server }) => {
  const ids: number[] = [];
  for (let n = 0; n < 2; n += 1)
    ids.push((await server.submit({ "test_it.py": "def test_it(): pass\n" }, [["label", "kind=short"]])).id);
  for (const id of ids) await server.ended(id);
  await page.goto(`${server.url}/?label=kind%3Dshort`);
  for (const id of ids) await page.getByRole("checkbox", { name: `Select Testrun ${id}` }).check();
  await page.getByRole("button", { name: "Delete 2" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No Testrun matches")).toBeVisible();
});

test("what is not there is said to be not there", async ({ signedIn: page, server }) => {
  await page.goto(`${server.url}/no/such/page`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await page.goto(`${server.url}/testruns/4711`);
  await expect(page.getByRole("main")).toContainText("4711");
  await page
    .getByRole("main")
    .getByRole("link", { name: /Testruns/ })
    .click();
  await expect(page.getByRole("heading", { level: 1, name: "Testruns" })).toBeVisible();
});
