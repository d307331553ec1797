import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RedisLink } from "../../../../src/engine/log/redis/link.ts";
import { section } from "../../../support/documents.ts";
import { freePort } from "../../../support/port.ts";
import { Program } from "../../../support/program.ts";
import { TestRedis } from "../../../support/redis.ts";

/** The rights that the documents give the user of the log. */
const [, rights] = /ACL SETUSER brooklet on >\S+ (.*)/.exec(section("Many nodes"))!;

const dir = mkdtempSync(join(tmpdir(), "brooklet-tls-"));
const ca = join(dir, "ca.crt");
let redis: TestRedis;
let port: number;

const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: dir, stdio: "pipe" });

beforeAll(async () => {
  // An authority of its own, as most operators have one inside: a certificate that nobody else signed.
  const key = ["-newkey", "rsa:2048", "-nodes"];
  openssl("req", "-x509", ...key, "-days", "1", "-subj", "/CN=An authority", "-keyout", "ca.key", "-out", "ca.crt");
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  openssl("req", ...key, ...name, "-keyout", "redis.key", "-out", "redis.csr");
  const signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy"];
  openssl("x509", "-req", "-in", "redis.csr", ...signing, "-days", "1", "-out", "redis.crt");
  port = await freePort();
  const tls = ["--tls-port", `${port}`, "--tls-cert-file", `${dir}/redis.crt`, "--tls-key-file", `${dir}/redis.key`];
  redis = await TestRedis.start([
    ...["--appendonly", "yes", "--appendfsync", "always"],
    ...[...tls, "--tls-ca-cert-file", ca, "--tls-auth-clients", "no"],
  ]);
  await redis.cli("acl", "setuser", "brooklet", "on", ">s3cret/+", ...rights!.trim().split(" "));
  await redis.cli("acl", "setuser", "default", "off", "nopass");
});
afterAll(async () => {
  await redis.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A node whose log is there. */
const node = (who: string, env: Record<string, string>) =>
  new Program({}, { env: { LOG_URL: `rediss://${who}@localhost:${port}/0`, ...env } });

const publish = (origin: string, data: string) =>
  fetch(`${origin}/publish/feed`, { method: "POST", headers: { "content-type": "application/json" }, body: data });

test("a node's log is on a Redis with TLS, an authority of one's own, and a user who may do no more than it needs", async () => {
  const program = node("brooklet:s3cret%2F%2B", { NODE_EXTRA_CA_CERTS: ca });
  await program.start();
  expect((await publish(program.origin, '"over TLS"')).status).toBe(201);
  // All that a page does: records, scripts, the stream of entries, and a restart.
  expect(await (await fetch(`${program.origin}/topics/feed`)).text()).toContain("over TLS");
  await program.stop("SIGTERM");
  await program.start();
  expect(await (await fetch(`${program.origin}/topics/feed`)).text()).toContain("over TLS");
  expect(program.complaints).toBe("");
  await program.dispose();
});

test.each([
  ["an authority that it does not know", "brooklet:s3cret%2F%2B", {}, /\. Set NODE_EXTRA_CA_CERTS to/],
  ["a wrong password", "brooklet:wrong", { NODE_EXTRA_CA_CERTS: ca }, /WRONGPASS .* Set LOG_URL to/],
])("it does not start with %s, and says how to mend it, without the password", async (_, who, env, why) => {
  const program = node(who, env);
  const said = await program.start().then(
    () => "it started",
    (error) => String(error),
  );
  expect(said).toMatch(why);
  expect(said).not.toMatch(/s3cret|wrong\b/);
  await program.dispose();
});

test("where a Redis has no TLS, who asks for it is told", async () => {
  const plain = await TestRedis.start();
  const stop = new AbortController();
  const url = new URL(`rediss://127.0.0.1:${plain.port}`);
  await expect(
    RedisLink.open({ url, variable: "LOG_URL", stop: stop.signal, onLost: () => {}, timeoutMs: 200 }),
  ).rejects.toThrow(/Is it running, and with TLS\? Set LOG_URL to where it is\.$/);
  stop.abort();
  await plain.stop();
});
