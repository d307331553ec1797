import { fileURLToPath } from "node:url";
import { serve } from "./serve.ts";

// The repository itself is a folder of pages: its sources, actions and schemas are beside this file, built as it is.
const isBuilt = import.meta.filename.endsWith(".js");
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

await serve({
  views: path("../views"),
  public: path("../public"),
  schemas: path(isBuilt ? "views/widgets" : "../views/widgets"),
  sources: path("sources"),
  actions: path("actions"),
  authorize: path("authorize"),
});
