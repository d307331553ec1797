import { BlockList, isIP, isIPv4 } from "node:net";
import type { Context } from "koa";
import type { Topic } from "../topic.ts";

/** Lets a visitor have a topic. @throws Problem 429 `topics_too_many` */
export type Admit = (ctx: Context, topic: Topic) => void;

/** Where proxies of ours are: on this machine, or in the same private network. */
const NEAR = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  NEAR.addSubnet(network, bits, "ipv4");
}
NEAR.addAddress("::1", "ipv6");
NEAR.addSubnet("fc00::", 7, "ipv6");
NEAR.addSubnet("fe80::", 10, "ipv6");

/**
 * Who asks. A proxy of ours says for whom it asks in the last entry of X-Forwarded-For; the entries before that one, and
 * the whole header where no proxy of ours is, were written by whoever sent the request.
 */
export function addressOf(ctx: Context): string {
  const address = plain(ctx.req.socket.remoteAddress ?? "");
  if (!isNear(address)) return address;
  const said = plain(lastOf(ctx.get("X-Forwarded-For")));
  return isIP(said) ? said : address;
}

/** Whether visitors themselves are asking over HTTPS, which a proxy of ours may have taken off. */
export function isSecure(ctx: Context): boolean {
  if (ctx.secure) return true;
  return isNear(plain(ctx.req.socket.remoteAddress ?? "")) && lastOf(ctx.get("X-Forwarded-Proto")) === "https";
}

function lastOf(list: string): string {
  return list.split(",").at(-1)!.trim();
}

function isNear(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && NEAR.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** Without the brackets and the port that some proxies add, and IPv4 as such where a socket of IPv6 shows it. */
function plain(address: string): string {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(bare)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : bare;
}
