import { readFileSync } from "node:fs";
import { join } from "node:path";

/** This package's version. Its package.json is beside src, and beside what is built of it. */
export const VERSION: string = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")).version;
