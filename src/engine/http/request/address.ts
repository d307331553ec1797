import type { IncomingMessage } from "node:http";
import { isIP, isIPv4 } from "node:net";
import type { TLSSocket } from "node:tls";
import type Koa from "koa";
import type { Context, Request } from "koa";
import proxyAddr from "proxy-addr";
import type { Topic } from "../../core/topic.ts";

/** Counts a topic for the visitor's address. @throws Problem 429 `topics_too_many` */
export type Admit = (ctx: Context, topic: Topic) => void;

/** Which proxies are ours: their addresses, or how many stand between us and visitors. */
export type Proxies = readonly string[] | number;

/**
 * Makes Koa's `ip`, `protocol` and `secure` those of the visitor, where the request comes through a proxy of ours.
 * @param onStranger called once with an address that seems to be a proxy which TRUST_PROXY does not name. All its visitors
 * count as one for the limits
 */
export function believeProxies(app: Koa, proxies: Proxies, onStranger: (address: string) => void): void {
  const ours = isOurs(proxies);
  let told = false;
  Object.defineProperties(app.request, {
    ip: {
      get(this: Request) {
        const asking = plain(this.req.socket.remoteAddress);
        if (this.req.headers["x-forwarded-for"] === undefined) return isIP(asking) === 0 ? "" : asking;
        if (!told && isNear(asking, 0) && !ours(asking, 0)) {
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
    httpMajor: {
      get(this: Request) {
        return majorOf(this.req, ours);
      },
    },
    isFromProxy: {
      get(this: Request) {
        return ours(plain(this.req.socket.remoteAddress), 0);
      },
    },
  });
}

/** Whether a proxy of ours sent this request: what its headers say is then what that lets them say. */
export function isFromProxy(ctx: Context): boolean {
  return (ctx.request as Request & { readonly isFromProxy: boolean }).isFromProxy;
}

/** The major version of HTTP that the visitor's browser speaks; undefined where a proxy does not say. */
export function httpMajorOf(ctx: Context): number | undefined {
  return (ctx.request as Request & { readonly httpMajor: number | undefined }).httpMajor;
}

/** The origin by which this visitor reached the server, for the commands that pages show. */
export function originOf(ctx: Context): string {
  return `${ctx.protocol}://${ctx.host}`;
}

/** Where a proxy of the operator's may be. From elsewhere anyone may send such a header, and is not reported. */
const isNear = proxyAddr.compile(["loopback", "uniquelocal", "linklocal"]);

type Ours = (address: string, hop: number) => boolean;

function isOurs(proxies: Proxies): Ours {
  return typeof proxies === "number" ? (_, hop) => hop < proxies : proxyAddr.compile([...proxies]);
}

/**
 * The visitor's address. A proxy of ours names the one before it in the last entry of X-Forwarded-For; if that is a proxy of
 * ours, too, the entry before is taken, and so on. Entries further in front may be forged.
 */
function addressOf(req: IncomingMessage, ours: Ours): string {
  const chain = proxyAddr.all(req, (address, hop) => ours(plain(address), hop)).map(plain);
  return chain.findLast((address) => isIP(address) !== 0) ?? "";
}

/** Whether the visitor speaks HTTPS, with this server or with a proxy of ours. */
function isSecure(req: IncomingMessage, ours: Ours): boolean {
  if ((req.socket as TLSSocket).encrypted) return true;
  const said = req.headers["x-forwarded-proto"];
  if (said === undefined) return false;
  return [said].flat().join(",").split(",").at(-1)!.trim() === "https" && ours(plain(req.socket.remoteAddress), 0);
}

/** What a proxy of ours says in X-Forwarded-Http-Version, be it `2`, `2.0` or `HTTP/2.0`. */
function majorOf(req: IncomingMessage, ours: Ours): number | undefined {
  const { "x-forwarded-for": via, "x-forwarded-http-version": said } = req.headers;
  const isFromProxy = via !== undefined && ours(plain(req.socket.remoteAddress), 0);
  if (!isFromProxy) return req.httpVersionMajor;
  const [, major] = /^(?:HTTP\/)?(\d)(?:\.\d)?$/.exec([said ?? []].flat().at(-1)?.trim() ?? "") ?? [];
  return major === undefined ? undefined : Number(major);
}

/**
 * An address without the brackets and the port that some proxies add; an IPv4 address as such where it came over an IPv6
 * socket.
 */
function plain(address = ""): string {
  if (!address.includes(":")) return address;
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(bare)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : bare;
}
