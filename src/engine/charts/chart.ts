import { join } from "node:path";
import { bar } from "./bar.ts";
import { gauge } from "./gauge.ts";
import { line } from "./line.ts";
import { spark } from "./spark.ts";

/** The charts that templates draw: written with `<%~ %>`, as wide as their place, and looking as `charts.css` says. */
export const chart = Object.freeze({ line, bar, spark, gauge });

/** The file that makes charts look as they do; layouts link to it as `asset("charts.css")`. */
export const CHARTS_CSS = join(import.meta.dirname, "charts.css");
