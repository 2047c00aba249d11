import { violations } from "./axe";
import { expect, test } from "./fixtures";

const BIG = `import pytest

@pytest.mark.parametrize("n", range(300))
def test_many(n):
    print("\\x1b[31mred\\x1b[0m and plain", n)
    assert n % 50

@pytest.mark.skip(reason="not today")
def test_skipped():
    pass
`;

test("axe finds nothing on any page, in both themes, wide and narrow", async ({ signedIn: page, server }) => {
  test.setTimeout(300_000);
  const { id } = await server.submit({ "test_big.py": BIG, "helper.py": "" }, [
    ["label", "branch=main"],
    ["label", "nightly="],
  ]);
  await server.ended(id);
  const first = /testruns\/\d+$/;
  const pages = [
    "/",
    "/?text=nothing-has-this",
    "/new",
    "/workers",
    "/insights",
    `/testruns/${id}`,
    `/testruns/${id}?view=log`,
    `/testruns/${id}?view=timeline`,
    "/testruns/4711",
    "/no/such/page",
  ];
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1400, 2560]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      for (const path of pages) {
        const what = `${path} at ${width}, ${colorScheme}`;
        await page.goto(`${server.url}${path}`);
        await expect(page.getByRole("heading", { level: 1 }), what).toBeVisible();
        if (first.test(path) && !path.endsWith("4711"))
          await expect(page.getByRole("main")).toContainText("assert");
        await expect(page.getByRole("banner").getByRole("status"), what).toContainText("Live");
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `${what}: nothing stands out to the side`).toBeLessThanOrEqual(width);
        found.push(...(await violations(page, what)));
      }
    }
  }
  expect(found).toEqual([]);
});
