import type { IncomingMessage } from "node:http";
import { isIP, isIPv4 } from "node:net";
import type { TLSSocket } from "node:tls";
import type Koa from "koa";
import type { Context, Request } from "koa";
import proxyAddr from "proxy-addr";
import type { Topic } from "../../core/topic.ts";

/** Lets a visitor have a topic. @throws Problem 429 `topics_too_many` */
export type Admit = (ctx: Context, topic: Topic) => void;

/** Which proxies are ours: their addresses, or how many stand between us and visitors. */
export type Proxies = readonly string[] | number;

/**
 * From here on Koa's `ip`, `protocol` and `secure` are those of the visitor, for whom a proxy of ours may ask.
 * @param onStranger told once of an address that seems to be a proxy's which nobody has named: to the limits all whom it asks
 *   for are one visitor
 */
export function believeProxies(app: Koa, proxies: Proxies, onStranger: (address: string) => void): void {
  const ours = isOurs(proxies);
  let told = false;
  Object.defineProperties(app.request, {
    ip: {
      get(this: Request) {
        const asking = plain(this.req.socket.remoteAddress);
        if (!told && this.req.headers["x-forwarded-for"] !== undefined && isNear(asking, 0) && !ours(asking, 0)) {
          told = true;
          onStranger(asking);
        }
        return addressOf(this.req, ours);
      },
    },
    protocol: {
      get(this: Request) {
        return isSecure(this.req, ours) ? "https" : "http";
      },
    },
  });
}

/** Where visitors reach this server, for the commands that its pages show. */
export function originOf(ctx: Context): string {
  return `${ctx.protocol}://${ctx.host}`;
}

/** Where proxies are that an operator may have forgotten; from elsewhere anybody's header would be told of. */
const isNear = proxyAddr.compile(["loopback", "uniquelocal", "linklocal"]);

type Ours = (address: string, hop: number) => boolean;

function isOurs(proxies: Proxies): Ours {
  return typeof proxies === "number" ? (_, hop) => hop < proxies : proxyAddr.compile([...proxies]);
}

/**
 * Who asks. A proxy of ours says for whom it asks in the last entry of X-Forwarded-For, and if that is a proxy of ours, too,
 * in the one before. What is further in front was written by whoever sent the request.
 */
function addressOf(req: IncomingMessage, ours: Ours): string {
  const chain = proxyAddr.all(req, (address, hop) => ours(plain(address), hop)).map(plain);
  return chain.findLast((address) => isIP(address) !== 0) ?? "";
}

/** Whether it is HTTPS that visitors speak, which a proxy of ours may have taken off. */
function isSecure(req: IncomingMessage, ours: Ours): boolean {
  if ((req.socket as TLSSocket).encrypted) return true;
  const said = [req.headers["x-forwarded-proto"] ?? []].flat().join(",");
  return said.split(",").at(-1)!.trim() === "https" && ours(plain(req.socket.remoteAddress), 0);
}

/** Without the brackets and the port that some proxies add, and IPv4 as such where a socket of IPv6 shows it. */
function plain(address = ""): string {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(bare)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : bare;
}
