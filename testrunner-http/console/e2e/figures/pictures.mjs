// Takes pictures of every page, light and dark, wide and narrow, and says how soon the first one stood:
//   node e2e/figures/pictures.mjs http://127.0.0.1:7878 TOKEN FOLDER [ID OF A TESTRUN]
import { chromium } from "@playwright/test";

const [server, token, folder, id = "1"] = process.argv.slice(2);
if (!folder) throw new Error("say the server's address, a token and a folder");

const PAGES = {
  list: "/",
  empty: "/?text=nothing-has-this",
  new: "/new",
  testrun: `/testruns/${id}`,
  log: `/testruns/${id}?view=log`,
  timeline: `/testruns/${id}?view=timeline`,
  workers: "/workers",
  insights: "/insights",
  missing: "/no/such/page",
};
const SETTLED_MS = 900;

const browser = await chromium.launch({
  executablePath: process.env.TESTRUNNER_TEST_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});

async function signedIn(colorScheme, width) {
  const headers = { Authorization: `Bearer ${token}` };
  const made = await fetch(`${server}/api/v1/session/codes`, { method: "POST", headers });
  const { code } = await made.json();
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${server}/#t=${code}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return { context, page };
}

for (const scheme of ["light", "dark"]) {
  for (const width of [360, 1400, 2560]) {
    const { context, page } = await signedIn(scheme, width);
    for (const [name, path] of Object.entries(PAGES)) {
      await page.goto(server + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForTimeout(SETTLED_MS);
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png` });
    }
    await context.close();
  }
}

// The first view: nothing in the browser's cache, the list there with its rows.
const times = [];
for (let n = 0; n < 5; n += 1) {
  const { context } = await signedIn("light", 1400);
  const cookies = await context.cookies();
  const cold = await browser.newContext();
  await cold.addCookies(cookies);
  const page = await cold.newPage();
  const begun = performance.now();
  await page.goto(`${server}/`, { waitUntil: "commit" });
  await page
    .getByRole("link", { name: /^Testrun \d+$/ })
    .first()
    .waitFor();
  times.push(Math.round(performance.now() - begun));
  const shift = await page.evaluate(
    () =>
      new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(sum), 500);
      }),
  );
  process.stdout.write(`layout shift of the first view: ${shift.toFixed(4)}\n`);
  await cold.close();
  await context.close();
}
process.stdout.write(`the list with its rows, cold cache, ms: ${times.join(" ")}\n`);
await browser.close();
