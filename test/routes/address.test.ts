import type { Context } from "koa";
import { expect, test } from "vitest";
import { addressOf, isSecure } from "../../src/routes/address.ts";

const asked = (remoteAddress: string, forwarded = "") =>
  addressOf({ req: { socket: { remoteAddress } }, get: () => forwarded } as unknown as Context);

test.each([
  ["203.0.113.9", "", "203.0.113.9"],
  ["203.0.113.9", "198.51.100.7", "203.0.113.9"], // anyone can write the header
  ["::ffff:203.0.113.9", "198.51.100.7", "203.0.113.9"],
  ["2001:db8::9", "198.51.100.7", "2001:db8::9"],
  ["172.32.0.1", "198.51.100.7", "172.32.0.1"],
])("%s, from elsewhere, is who asks, whatever X-Forwarded-For %j says", (socket, forwarded, address) => {
  expect(asked(socket, forwarded)).toBe(address);
});

test.each([
  ["127.0.0.1", "198.51.100.7", "198.51.100.7"],
  ["::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"],
  ["::1", "2001:db8::7", "2001:db8::7"],
  ["10.0.0.2", "1.1.1.1, 198.51.100.7", "198.51.100.7"], // only the last entry is our proxy's own
  ["172.31.255.255", "198.51.100.7:4711", "198.51.100.7"],
  ["192.168.1.1", "[2001:db8::7]:4711", "2001:db8::7"],
  ["fd00::1", " 198.51.100.7 ", "198.51.100.7"],
])("%s, a proxy of ours, asks for the last in %j", (socket, forwarded, address) => {
  expect(asked(socket, forwarded)).toBe(address);
});

test.each(["", "unknown", "198.51.100.7, ", "<script>"])("a proxy that says %j asks for itself", (forwarded) => {
  expect(asked("127.0.0.1", forwarded)).toBe("127.0.0.1");
});

test.each([
  ["127.0.0.1", "https", true],
  ["10.0.0.2", "http, https", true],
  ["10.0.0.2", "https, http", false],
  ["10.0.0.2", "", false],
  ["203.0.113.9", "https", false], // anyone can write the header
])("%s, which says %j, asks for someone with HTTPS: %j", (remoteAddress, said, secure) => {
  const ctx = { secure: false, req: { socket: { remoteAddress } }, get: () => said } as unknown as Context;
  expect(isSecure(ctx)).toBe(secure);
});
