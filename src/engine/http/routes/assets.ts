import { extname } from "node:path";
import type Router from "@koa/router";
import type { Assets } from "../../views/assets.ts";

/** @param base the path below which they are; each site has its own */
export function assetsRoutes(router: Router, assets: () => Assets, base = ""): void {
  router.get(new RegExp(`^${base}/(?:assets/([0-9a-f]{16})/(.+)|favicon\\.ico)$`), async (ctx) => {
    const [, hash, name = "favicon.svg"] = /\/assets\/([^/]+)\/(.+)$/.exec(ctx.path) ?? [];
    const asset = assets().get(name);
    if (asset === undefined) return;
    ctx.status = 200;
    ctx.set({
      // A page that was loaded before a deploy asks for the old file, and gets the new one, which may not be cached under that
      // address.
      "Cache-Control": hash === asset.hash ? "public, max-age=31536000, immutable" : "no-cache",
      ETag: `"${asset.hash}"`,
    });
    ctx.type = extname(name);
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = asset.bytes;
  });
}
