import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { SettingsError } from "../../../../src/engine/config/variables.ts";
import { loadKeyPair } from "../../../../src/engine/http/listen/tls.ts";
import { selfSigned } from "../../../support/server.ts";

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
