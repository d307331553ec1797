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

/** How often the files are looked at: read, since how a file is put in another's place, or in a link's, differs. */
const LOOK_MS = 10_000;

export interface Renewal {
  /** Called with each new pair. */
  readonly use: (pair: KeyPair) => void;
  /** Told once of files that are no pair; the last good one stays in use. */
  readonly report: (text: string) => void;
  readonly lookMs?: number | undefined;
}

/** Looks whether a pair was renewed. @param pair as it was read last @returns a function that ends it */
export function renewKeyPair(
  paths: { readonly cert: string; readonly key: string },
  pair: KeyPair,
  { use, report, lookMs = LOOK_MS }: Renewal,
): () => void {
  let [used, suspected, told] = [pair, "", ""];
  const look = () => {
    let problem = "";
    try {
      const found = loadKeyPair(paths);
      if (found.cert !== used.cert || found.key !== used.key) use(found);
      used = found;
    } catch (error) {
      problem = (error as Error).message;
    }
    // The two files are written one after the other: a look in between finds no pair, and the next one does.
    if (problem === suspected && problem !== told) {
      told = problem;
      if (problem !== "") report(`${problem} Until then the pair of before stays in use.`);
    }
    suspected = problem;
  };
  const timer = setInterval(look, lookMs).unref();
  return () => clearInterval(timer);
}

function attempt<T>(make: () => T, problem: string): T {
  try {
    return make();
  } catch {
    throw new SettingsError([problem]);
  }
}
