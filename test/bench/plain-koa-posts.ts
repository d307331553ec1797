import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Koa from "koa";

/** The plainest Koa that takes what is posted: it parses it, keeps nothing, and answers. It tells its port. */
const app = new Koa();
app.use(async (ctx) => {
  let text = "";
  for await (const chunk of ctx.req.setEncoding("utf8")) text += chunk;
  JSON.parse(text);
  ctx.status = 201;
  ctx.body = { id: "1" };
});
const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
server.keepAliveTimeout = 0; // the other server has its turn
process.send!((server.address() as AddressInfo).port);
process.on("disconnect", () => process.exit());
