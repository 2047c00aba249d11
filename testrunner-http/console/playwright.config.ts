import { defineConfig } from "@playwright/test";

/** Against the real binary: TESTRUNNER_BIN names it. Run by `cargo test` (testrunner-cli/tests/outside). */
export default defineConfig({
  testDir: "e2e",
  // A browser is what the two processors have to do; servers of several files at once would only slow each other.
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 45_000 },
  reporter: [["list"]],
  forbidOnly: true,
  retries: 0,
  outputDir: "test-results",
  use: {
    screenshot: "only-on-failure",
    actionTimeout: 30_000,
    launchOptions: {
      executablePath: process.env.TESTRUNNER_TEST_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
