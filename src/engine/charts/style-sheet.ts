import { join } from "node:path";

/** The file that makes charts look as they do; layouts link to it as `asset("charts.css")`. */
export const CHARTS_CSS = join(import.meta.dirname, "charts.css");
