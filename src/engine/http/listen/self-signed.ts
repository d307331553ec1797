import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { loadKeyPair } from "./tls.ts";

/**
 * Makes a pair for developing: `tsx src/engine/http/listen/self-signed.ts <folder>` leaves cert.pem and key.pem there. A pair
 * that is good stays, so that a browser which was told to trust it need not be told again.
 */
const VALID_DAYS = 365;
const MARGIN_MS = 7 * 24 * 60 * 60 * 1000;

const folder = process.argv[2];
if (folder === undefined) exit("Name the folder: tsx src/engine/http/listen/self-signed.ts .brooklet/tls");
const cert = join(folder, "cert.pem");
const key = join(folder, "key.pem");
if (!isGood()) make();

function isGood(): boolean {
  try {
    const { validTo } = new X509Certificate(loadKeyPair({ cert, key }).cert);
    return Date.parse(validTo) - Date.now() > MARGIN_MS;
  } catch {
    return false; // none yet, or one that was cut short
  }
}

function make(): void {
  mkdirSync(folder!, { recursive: true, mode: 0o700 });
  const names = ["DNS:localhost", "DNS:*.localhost", `DNS:${hostname()}`, "IP:127.0.0.1", "IP:::1"];
  // RSA, since macOS' LibreSSL makes no elliptic pair with these words.
  const words = [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", String(VALID_DAYS)],
    ...["-subj", "/CN=localhost", "-addext", `subjectAltName=${names.join(",")}`],
    ...["-keyout", key, "-out", cert],
  ];
  try {
    execFileSync("openssl", words, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    exit(
      code === "ENOENT"
        ? "openssl is missing, which makes the self-signed pair. Install it, or set TLS_CERT and TLS_KEY to a pair of yours."
        : `openssl made no pair: ${stderr?.trim().split("\n").at(-1)}`,
    );
  }
  console.log(`A self-signed pair is in ${folder}. Your browser will ask once whether to go on.`);
}

function exit(message: string): never {
  console.error(message);
  process.exit(2);
}
