import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A token and its line in a file of tokens: `given("ticker", "rights: publish, topics: price")`. */
export function given(name: string, grant: string): { token: string; line: string; bearer: Record<string, string> } {
  const token = `secret-of-${name}-4711`;
  const line = `${name}: { sha256: ${createHash("sha256").update(token).digest("hex")}, ${grant} }\n`;
  return { token, line, bearer: { authorization: `Bearer ${token}` } };
}

/** A file of these lines, which its owner alone may read. @returns its path */
export function tokensFile(lines: readonly { line: string }[]): string {
  const path = join(mkdtempSync(join(tmpdir(), "brooklet-tokens-")), "tokens.yaml");
  writeFileSync(path, lines.map(({ line }) => line).join(""), { mode: 0o600 });
  return path;
}
