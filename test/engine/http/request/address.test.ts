import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { believeProxies, type Proxies } from "../../../../src/engine/http/request/address.ts";

/** A request as Koa shows it to routes. */
function asked(remoteAddress: string | undefined, headers: IncomingHttpHeaders, proxies: Proxies, encrypted = false) {
  const app = new Koa();
  believeProxies(app, proxies, () => {});
  const req = { headers, socket: { remoteAddress, encrypted } } as unknown as IncomingMessage;
  return app.createContext(req, {} as ServerResponse);
}

const LOOPBACK = ["loopback"];
const ip = (socket: string | undefined, forwarded: string, proxies: Proxies = LOOPBACK) =>
  asked(socket, forwarded === "" ? {} : { "x-forwarded-for": forwarded }, proxies).ip;

describe("without a word on proxies, those on this machine are believed, and", () => {
  test.each([
    ["203.0.113.9", "", "203.0.113.9"],
    ["203.0.113.9", "198.51.100.7", "203.0.113.9"], // anyone can write the header
    ["::ffff:203.0.113.9", "198.51.100.7", "203.0.113.9"],
    ["2001:db8::9", "198.51.100.7", "2001:db8::9"],
    ["10.0.0.2", "198.51.100.7", "10.0.0.2"], // of a private network may be anyone in it
    ["172.16.0.1", "198.51.100.7", "172.16.0.1"],
    ["192.168.1.1", "198.51.100.7", "192.168.1.1"],
    ["fd00::1", "198.51.100.7", "fd00::1"],
    ["169.254.1.1", "198.51.100.7", "169.254.1.1"],
  ])("%s, from elsewhere, is who asks, whatever X-Forwarded-For %j says", (socket, forwarded, address) => {
    expect(ip(socket, forwarded)).toBe(address);
  });

  test.each([
    ["127.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["::1", "2001:db8::7", "2001:db8::7"],
    ["127.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"], // only the last entry is our proxy's own
    ["127.0.0.1", "198.51.100.7:4711", "198.51.100.7"],
    ["127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["127.0.0.1", " 198.51.100.7 ", "198.51.100.7"],
  ])("%s asks for the last in %j", (socket, forwarded, address) => expect(ip(socket, forwarded)).toBe(address));

  test.each(["", "unknown", "<script>"])("one that says %j asks for itself", (forwarded) => {
    expect(ip("127.0.0.1", forwarded)).toBe("127.0.0.1");
  });
});

test.each<[Proxies, string, string, string]>([
  [["10.0.0.0/8"], "10.0.0.2", "1.1.1.1, 198.51.100.7", "198.51.100.7"],
  [["10.0.0.0/8"], "10.0.0.2", "198.51.100.7, 10.0.0.3:4711", "198.51.100.7"], // two of ours
  [["10.0.0.0/8"], "127.0.0.1", "198.51.100.7", "127.0.0.1"], // who names some believes no others
  [["loopback", "uniquelocal"], "192.168.1.1", "198.51.100.7, 127.0.0.1", "198.51.100.7"],
  [[], "127.0.0.1", "198.51.100.7", "127.0.0.1"],
  [0, "127.0.0.1", "198.51.100.7", "127.0.0.1"],
  [1, "203.0.113.9", "1.1.1.1, 198.51.100.7", "198.51.100.7"],
  [2, "203.0.113.9", "1.1.1.1, 198.51.100.7, 203.0.113.8", "198.51.100.7"],
  [2, "203.0.113.9", "198.51.100.7", "198.51.100.7"], // who came past one of them
])("where the proxies %j are believed, %s with %j asks for %s", (proxies, socket, forwarded, address) => {
  expect(ip(socket, forwarded, proxies)).toBe(address);
});

test("the operator is told once of a proxy nearby that nobody has named, and of no stranger's header", () => {
  const told: string[] = [];
  const app = new Koa();
  believeProxies(app, LOOPBACK, (address) => told.push(address));
  const ask = (remoteAddress: string, forwarded?: string) => {
    const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    const req = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
    return app.createContext(req, {} as ServerResponse).ip;
  };
  ask("203.0.113.9", "198.51.100.7");
  ask("10.0.0.2");
  ask("127.0.0.1", "198.51.100.7");
  ask("127.0.0.1", "10.0.0.9"); // a visitor of the same network
  expect(told).toEqual([]);
  expect([ask("10.0.0.2", "198.51.100.7"), ask("10.0.0.3", "198.51.100.7")]).toEqual(["10.0.0.2", "10.0.0.3"]);
  expect(told).toEqual(["10.0.0.2"]);
});

test("a connection that is gone has no address, and that is no error", () => expect(ip(undefined, "1.1.1.1")).toBe(""));

describe("HTTPS", () => {
  test.each<[string, string | undefined, Proxies, boolean]>([
    ["127.0.0.1", "https", LOOPBACK, true],
    ["127.0.0.1", "http, https", LOOPBACK, true],
    ["127.0.0.1", "https, http", LOOPBACK, false],
    ["127.0.0.1", undefined, LOOPBACK, false],
    ["10.0.0.2", "https", LOOPBACK, false],
    ["10.0.0.2", "https", ["10.0.0.2"], true],
    ["203.0.113.9", "https", LOOPBACK, false], // anyone can write the header
    ["203.0.113.9", "https", 1, true],
    ["127.0.0.1", "https", 0, false],
  ])("of a visitor, where %s says %j and %j are believed: %j", (socket, said, proxies, secure) => {
    const headers = said === undefined ? {} : { "x-forwarded-proto": said };
    expect(asked(socket, headers, proxies).secure).toBe(secure);
  });

  test("of our own is believed without a word", () => {
    expect(asked("203.0.113.9", {}, LOOPBACK, true).protocol).toBe("https");
  });
});
