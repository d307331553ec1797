import { startSite } from "../support/site.ts";

/** The whole server in this process, with the author's own templates and actions. */
export const start = startSite;
