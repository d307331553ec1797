import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Koa from "koa";

/** The plainest Koa: it sends as much as its parent says, and tells its port. */
process.once("message", async (bytes: number) => {
  const html = "x".repeat(bytes);
  const app = new Koa();
  app.use((ctx) => {
    ctx.type = "html";
    ctx.body = html;
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send!((server.address() as AddressInfo).port);
});
process.on("disconnect", () => process.exit());
