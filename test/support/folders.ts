import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");

/** The author's own templates, which only the tests of the demo and of the site look at: they may be any, or none. */
export const SITE_VIEWS = join(ROOT, "views");
