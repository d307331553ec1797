import { extname } from "node:path";
import type Router from "@koa/router";
import { CODINGS } from "../../views/asset.ts";
import type { Assets } from "../../views/assets.ts";
import { codingFor } from "../request/coding.ts";
import { isKnown } from "../request/etag.ts";

/**
 * At the address that templates write, with the hash of its content, and at the plain one, `/assets/hall.jpg`, by which programs
 * name a file that they know nothing else of.
 * @param base the path below which they are; each site has its own
 */
export function assetsRoutes(router: Router, assets: () => Assets, base = ""): void {
  router.get(new RegExp(`^${base}/(?:assets/.+|favicon\\.ico)$`), async (ctx) => {
    const [, hash, name = "favicon.svg"] = /\/assets\/(?:([0-9a-f]{16})\/)?(.+)$/.exec(ctx.path) ?? [];
    const asset = assets().get(name);
    if (asset === undefined) return;
    const { compressed } = asset;
    const coding = codingFor(
      ctx,
      CODINGS.filter((coding) => compressed?.has(coding)),
    );
    // Each coding is other bytes, and so has a strong ETag of its own.
    const tag = coding === undefined ? asset.hash : `${asset.hash}-${coding}`;
    // A page that was loaded before a deploy asks for the old file, and gets the new one, which may not be cached under that
    // address; nor may what a moment later is there compressed.
    const isLasting = hash === asset.hash && compressed !== undefined;
    ctx.set({
      "Cache-Control": isLasting ? "public, max-age=31536000, immutable" : "no-cache",
      ETag: `"${tag}"`,
      Vary: "Accept-Encoding",
    });
    ctx.status = 200;
    ctx.type = extname(name);
    if (isKnown(ctx, tag)) {
      ctx.status = 304;
      return;
    }
    if (coding !== undefined) ctx.set("Content-Encoding", coding);
    ctx.body = coding === undefined ? asset.bytes : compressed!.get(coding);
  });
}
