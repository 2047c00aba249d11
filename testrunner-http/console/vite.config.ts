import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server replaces "./assets/" in index.html by its own prefix, so that the console works wherever it is mounted.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    sourcemap: false,
    // What the bundle is made of may be passed on together with its licences.
    license: { fileName: "licences.md" },
    // Inlined fonts would need data: in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    // The server compares Origin with Host: the browser's host is passed on.
    proxy: {
      "/api": { target: process.env.TESTRUNNER_SERVER ?? "http://127.0.0.1:7878", changeOrigin: false },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
  },
});
