import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { SettingsError } from "../../config/variables.ts";

/** A certificate with its chain, and its private key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads a key pair and tries it. A server with a bad one would start, and then refuse every visitor.
 * @throws SettingsError that names the variable and the fix
 */
export function loadKeyPair(paths: { readonly cert: string; readonly key: string }): KeyPair {
  const [ofCert, ofKey] = [`TLS_CERT ${paths.cert}`, `TLS_KEY ${paths.key}`];
  const cert = attempt(
    () => readFileSync(paths.cert, "utf8"),
    `${ofCert} cannot be read. Set it to a PEM file that this process may read.`,
  );
  const key = attempt(
    () => readFileSync(paths.key, "utf8"),
    `${ofKey} cannot be read. Set it to a PEM file that this process may read.`,
  );
  const known = attempt(
    () => new X509Certificate(cert),
    `${ofCert} holds no certificate. Set it to a PEM file with the whole chain.`,
  );
  const secret = attempt(
    () => createPrivateKey(key),
    `${ofKey} holds no key that can be read. Set it to a PEM file without a passphrase.`,
  );
  if (!known.checkPrivateKey(secret)) {
    throw new SettingsError([`${ofKey} does not belong to ${ofCert}. Set both to one pair.`]);
  }
  // OpenSSL has further rules, such as a minimal size of the key.
  attempt(
    () => createSecureContext({ cert, key }),
    `${ofCert} is refused by OpenSSL. Set it to a pair with a key of 2048 bits or more.`,
  );
  return { cert, key };
}

function attempt<T>(make: () => T, problem: string): T {
  try {
    return make();
  } catch {
    throw new SettingsError([problem]);
  }
}
