import { expect, test } from "./fixtures";

test("without a token the console says how to get in", async ({ page, server }) => {
  await page.goto(`${server.url}/testruns/1`);
  await expect(page.getByRole("heading", { name: "Sign in to TestRunner" })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByText("testrunner open")).toBeVisible();
});

test("a wrong link and a wrong token are told, the right one opens the page that was wanted", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/workers#t=wrong`);
  await expect(page.getByRole("alert")).toContainText("the code is wrong");
  expect(page.url()).toBe(`${server.url}/workers`);
  await page.getByLabel("Or paste a token").fill("tr_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("token");
  await page.getByLabel("Or paste a token").fill(server.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Workers and queue" })).toBeVisible();
});

test("a link works once", async ({ page, server, browser }) => {
  const link = await server.link();
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1, name: "Testruns" })).toBeVisible();
  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(other.getByRole("alert")).toContainText("the code is wrong");
});
