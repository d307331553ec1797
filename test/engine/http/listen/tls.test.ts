import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SettingsError } from "../../../../src/engine/config/variables.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { loadKeyPair } from "../../../../src/engine/http/listen/tls.ts";
import { Http2Client } from "../../../support/http2.ts";
import { selfSigned, start, type TestServer } from "../../../support/server.ts";

const NAMES = ["cert", "key"] as const;

let one: ReturnType<typeof selfSigned>;
let other: ReturnType<typeof selfSigned>;
const dir = mkdtempSync(join(tmpdir(), "brooklet-"));
const file = (name: string) => join(dir, name);

beforeAll(() => {
  [one, other] = [selfSigned(), selfSigned()];
  writeFileSync(file("empty"), "");
  writeFileSync(file("cut"), one.pair.key.slice(0, 200));
  execFileSync("openssl", ["rsa", "-aes256", "-passout", "pass:x", "-in", one.key, "-out", file("locked")], {
    stdio: "pipe",
  });
  const weak = ["req", "-x509", "-newkey", "rsa:512", "-nodes", "-subj", "/CN=weak"];
  execFileSync("openssl", [...weak, "-keyout", file("weak.key"), "-out", file("weak.crt")], { stdio: "pipe" });
});

describe("a pair", () => {
  test("is read where it is good", () => {
    expect(loadKeyPair(one)).toEqual(one.pair);
  });

  test.each([
    ["a certificate that is not there", () => ({ cert: file("nowhere"), key: one.key }), "TLS_CERT", "cannot be read"],
    ["a key that is a folder", () => ({ cert: one.cert, key: dir }), "TLS_KEY", "cannot be read"],
    ["an empty certificate", () => ({ cert: file("empty"), key: one.key }), "TLS_CERT", "holds no certificate"],
    ["a key for a certificate", () => ({ cert: one.key, key: one.key }), "TLS_CERT", "holds no certificate"],
    ["a certificate for a key", () => ({ cert: one.cert, key: one.cert }), "TLS_KEY", "holds no key"],
    ["a key that is cut short", () => ({ cert: one.cert, key: file("cut") }), "TLS_KEY", "holds no key"],
    ["a key with a passphrase", () => ({ cert: one.cert, key: file("locked") }), "TLS_KEY", "without a passphrase"],
    ["another pair's key", () => ({ cert: one.cert, key: other.key }), "TLS_KEY", "does not belong to TLS_CERT"],
    ["a weak key", () => ({ cert: file("weak.crt"), key: file("weak.key") }), "TLS_CERT", "2048 bits"],
  ])("is refused with %s, in one line that names the variable and the fix", (_, paths, name, reason) => {
    const problem = problemOf(paths());
    expect(problem).toMatch(new RegExp(`^${name} /\\S+ .+\\. Set .+\\.$`));
    expect(problem).toContain(reason);
  });
});

function problemOf(paths: { cert: string; key: string }): string | undefined {
  try {
    loadKeyPair(paths);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return undefined;
}

describe("a certificate that is renewed", () => {
  let server: TestServer;
  let live: { cert: string; key: string };
  beforeEach(async () => {
    const folder = mkdtempSync(join(dir, "live-"));
    live = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    for (const name of NAMES) copyFileSync(one[name], live[name]);
    server = await start({ config: { tls: live }, renewMs: 20 });
  });
  afterEach(() => server.close());

  /** Puts these files in the place of the pair. */
  const put = (how: (from: string, to: string) => void, pair: { cert: string; key: string }) => {
    for (const name of NAMES) {
      how(pair[name], `${live[name]}.new`);
      renameSync(`${live[name]}.new`, live[name]);
    }
  };
  /** The certificate that a new connection gets. */
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()!.toString());
        socket.destroy();
      }).on("error", reject);
    });

  test.each([
    ["renamed into its place", copyFileSync],
    ["linked from there", symlinkSync],
  ])("and %s is what new connections get; open streams go on", async (_, how) => {
    const client = new Http2Client(server.port);
    const reader = client.read("feed");
    await reader.until("id: ");
    expect(await shown()).toBe(one.pair.cert);
    put(how, other);
    await expect.poll(shown).toBe(other.pair.cert);
    await server.broker.publish([{ topic: parseTopic("feed"), data: "still here" }]);
    await reader.until("still here</p>");
    client.session.destroy();
    expect(server.errors).toEqual([]);
  });

  test("and does not belong to its key is told of once, and the one before stays in use until there is a pair", async () => {
    put(copyFileSync, { cert: other.cert, key: one.key });
    await expect.poll(() => server.errors.length).toBe(1);
    expect(server.errors).toEqual([expect.stringMatching(/^TLS_KEY .* does not belong to TLS_CERT .*stays in use\.$/)]);
    expect(await shown()).toBe(one.pair.cert);
    rmSync(live.cert);
    await expect.poll(() => server.errors.length).toBe(2);
    expect(server.errors[1]).toMatch(/^TLS_CERT .* cannot be read/);
    expect(await shown()).toBe(one.pair.cert);
    put(copyFileSync, other);
    await expect.poll(shown).toBe(other.pair.cert);
    expect(server.errors.length).toBe(2);
  });
});

describe("npm run dev:https", () => {
  const make = (folder: string) =>
    execFileSync(process.execPath, ["--import", "tsx", "src/engine/http/listen/self-signed.ts", folder], {
      encoding: "utf8",
    });
  const read = (folder: string) => loadKeyPair({ cert: join(folder, "cert.pem"), key: join(folder, "key.pem") });

  test("makes a pair, and keeps it as long as it is good", () => {
    const folder = file("made/here");
    expect(make(folder)).toContain(`A self-signed pair is in ${folder}.`);
    const made = read(folder);
    expect(make(folder)).toBe("");
    expect(read(folder)).toEqual(made);
    writeFileSync(join(folder, "key.pem"), other.pair.key);
    expect(make(folder)).not.toBe("");
    expect(read(folder).cert).not.toBe(made.cert);
  });
});
