import { fileURLToPath } from "node:url";
import { serve } from "./serve.ts";

// The repository itself is a folder of pages: its sources and actions are beside this file, built as it is.
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

await serve({
  views: path("../views"),
  public: path("../public"),
  sources: path("sources"),
  actions: path("actions"),
  authorize: path("authorize"),
});
