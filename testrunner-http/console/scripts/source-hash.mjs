// Writes dist/SOURCE_HASH: what dist was built from. A test of the crate compares it with the source, without Node.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILES = [
  // The types of the API are made of it.
  "../openapi.json",
  "index.html",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "vite.config.ts",
];

function below(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? below(path) : [path];
  });
}

const isTest = (path) => /\.test\.tsx?$/.test(path) || path.startsWith("src/testing/");
const paths = [...FILES, ...below("src").filter((path) => !isTest(path))].sort();
const hash = createHash("sha256");
for (const path of paths) {
  const digest = createHash("sha256")
    .update(readFileSync(join(".", path)))
    .digest("hex");
  hash.update(`${path} ${digest}\n`);
}
writeFileSync("dist/SOURCE_HASH", `${hash.digest("hex")}\n`);
