// Measures the log viewer with a real log of about 100 MB:
//   node e2e/figures/log.mjs http://127.0.0.1:7878 TOKEN [ADDRESS OF THE CONSOLE [ID OF SUCH A TESTRUN]]
// Submits a pytest file that writes it, with a failing case in the middle and a line of 1 MiB, and waits for its end.
import { chromium } from "@playwright/test";

const [server, token, site = server, run] = process.argv.slice(2);
if (!token) throw new Error("say the server's address and a token");
const SCREEN = { width: 1400, height: 900 };
const LIMIT_MS = 300;
const PATIENCE_MS = 600_000;
const SCROLLED_BYTES = 40 * 1024 * 1024;
const TESTS = `
def lines(tag):
    pad = "abcdefghij klmnopqrst uvwxyz 0123456789 " * 2
    for i in range(470_000):
        print(f"\\x1b[3{i % 8}m{tag} line {i:07d}\\x1b[0m {pad}")

def test_first():
    lines("first")

def test_middle():
    print("needle in the middle")
    assert 1 + 1 == 3

def test_last():
    lines("last")

def test_long_line():
    print("x" * 1_048_576)

def test_end():
    print("the very end")
`;

function say(text) {
  process.stdout.write(`${text}\n`);
}

async function ask(path, init = {}) {
  const answer = await fetch(`${server}/api/v1${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function written() {
  const form = new FormData();
  form.append("username", "figures");
  form.append("files", new Blob([TESTS]), "test_writes_much.py");
  const { id } = await ask("/testruns", { method: "POST", body: form });
  const begun = Date.now();
  while (Date.now() - begun < PATIENCE_MS) {
    const { status } = await ask(`/testruns/${id}`);
    if (status === "FAILED") return id;
    if (status === "SUCCESS") throw new Error("its failing case did not fail");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`Testrun ${id} has not ended`);
}

/** Milliseconds from a call in the page until lines that contain the text have been painted. */
function painted(page, what, text) {
  return page.evaluate(
    ([button, wanted]) =>
      new Promise((resolve) => {
        const begun = performance.now();
        document.querySelector(`button[aria-label="${button}"]`).click();
        const look = () => {
          const there = [...document.querySelectorAll("[role=log] .line")].some(
            (line) => line.textContent.includes(wanted) && line.getBoundingClientRect().top < innerHeight,
          );
          if (there) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
          else requestAnimationFrame(look);
        };
        look();
      }),
    [what, text],
  );
}

async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1024 / 1024;
}

const id = run ?? (await written());
const log = await fetch(`${server}/api/v1/testruns/${id}/log`, {
  headers: { Authorization: `Bearer ${token}` },
});
let size = 0;
for await (const bytes of log.body) size += bytes.length;
say(`Testrun ${id}: ${size.toLocaleString("en")} bytes of output`);

const browser = await chromium.launch({
  executablePath: process.env.TESTRUNNER_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
});
let slow = 0;
const tell = (what, ms) => {
  if (ms >= LIMIT_MS) slow += 1;
  say(`${what}: ${Math.round(ms)} ms${ms >= LIMIT_MS ? `, more than ${LIMIT_MS} ms` : ""}`);
};
try {
  const page = await browser.newPage({ viewport: SCREEN });
  const { code } = await ask("/session/codes", { method: "POST" });
  await page.goto(`${site}/#t=${code}`);
  await page.getByRole("link", { name: "Workers" }).waitFor();

  await page.addInitScript(() => {
    const watch = new MutationObserver(() => {
      if (!document.querySelector("[role=log] .line")) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => performance.mark("lines")));
    });
    watch.observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${site}/testruns/${id}?view=log`);
  await page.waitForFunction(() => performance.getEntriesByName("lines").length > 0);
  const { lines, asked } = await page.evaluate(() => ({
    lines: performance.getEntriesByName("lines")[0].startTime,
    asked: performance.getEntriesByType("resource").find(({ name }) => name.includes("/log/chunks"))
      .startTime,
  }));
  say(`whole page anew until lines are painted: ${Math.round(lines)} ms`);
  tell("first screen, from asking for output until it is painted", lines - asked);
  say(`heap with the first screen: ${(await heap(page)).toFixed(1)} MiB`);

  tell("jump to the first failure", await painted(page, "Go to the first failure", "needle in the middle"));
  tell("jump to the end", await painted(page, "Go to the end", "the very end"));
  tell("jump to the start", await painted(page, "Go to the start", "first line 0000000"));

  // Reads on screen by screen, and looks whether a line is missing or doubled.
  let read = 0;
  let next = 0;
  let longest = 0;
  const bytes = (number) => number * 105;
  while (bytes(next) < SCROLLED_BYTES) {
    const begun = performance.now();
    const seen = await page.evaluate(async () => {
      const list = document.querySelector("[role=log] section");
      const before = list.scrollTop;
      list.scrollTop += list.clientHeight * 20;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const numbers = [...list.querySelectorAll(".text")].map(
        (line) => /line (\d{7})/.exec(line.textContent)?.[1],
      );
      return { numbers: numbers.filter(Boolean).map(Number), moved: list.scrollTop !== before };
    });
    longest = Math.max(longest, performance.now() - begun);
    for (const [at, number] of seen.numbers.entries()) {
      if (at > 0 && number !== seen.numbers[at - 1] + 1)
        throw new Error(`after line ${seen.numbers[at - 1]} stands ${number}`);
    }
    next = Math.max(next, seen.numbers.at(-1) ?? 0);
    read += 1;
    if (read > 5_000) throw new Error(`scrolling does not get on: at line ${next}`);
  }
  say(
    `scrolled over ${next.toLocaleString("en")} lines in ${read} steps, the longest ${Math.round(longest)} ms`,
  );
  say(`heap after scrolling over 40 MB: ${(await heap(page)).toFixed(1)} MiB`);

  await page.evaluate(() => document.querySelector('button[aria-label="Go to the end"]').click());
  const more = page.getByRole("button", { name: /Show more/ });
  await more.waitFor();
  const begun = performance.now();
  await more.click();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  tell("64 KiB more of a line of 1 MiB", performance.now() - begun);
} finally {
  await browser.close();
}
if (slow > 0) process.exitCode = 1;
