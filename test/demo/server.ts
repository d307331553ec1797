import { SITE_PUBLIC, SITE_VIEWS } from "../support/folders.ts";
import { type Options, start as startWith } from "../support/server.ts";

/** The whole server in this process, with the author's own templates. */
export const start = (options: Options = {}) => startWith({ views: SITE_VIEWS, public: SITE_PUBLIC, ...options });
