import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { FONTS } from "./fonts.ts";

/** What the tests run beside Node: Debian's own packages, since nothing is downloaded that the system does not vouch for. */
const COMMANDS = [
  "chromium",
  "firefox-esr",
  "redis-server",
  "openssl",
  "nginx",
  "haproxy",
  "caddy",
  "python3",
  "curl",
  "yaegi",
];
/** Those whose package has another name than what is run, or has nothing to run. */
const FILES: Record<string, string> = {
  systemd: "/usr/bin/systemd-analyze",
  "fonts-dejavu-core": FONTS["DejaVu Sans"],
  "fonts-noto-core": FONTS["Noto Sans"],
  "fonts-liberation": FONTS["Liberation Sans"],
};
const PACKAGES = [...COMMANDS, ...Object.keys(FILES)];

/** Vitest's global setup. A tool that is missing is installed or is an error; no test is ever skipped for it. */
export default function setup(): void {
  const missing = PACKAGES.filter((name) => !installed(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !onPath("apt-get")) {
    throw oneLine(`The tests need ${missing.join(" and ")}. Run: sudo apt-get install ${missing.join(" ")}`);
  }
  console.log(`installing ${missing.join(" and ")} with apt-get, once`);
  const install = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  // Two test runs at once take turns: flock lets go by itself, whatever happens to its process.
  const { status, stderr } = spawnSync("flock", ["/tmp/brooklet-tools.lock", "sh", "-c", install], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  const still = missing.filter((name) => !installed(name));
  if (status === 0 && still.length === 0) return;
  const said = stderr?.trim().split("\n").at(-1) ?? "";
  throw oneLine(`apt-get could not install ${missing.join(" and ")}. Install them by hand. It said: ${said}`);
}

function installed(name: string): boolean {
  const file = FILES[name];
  return file === undefined ? onPath(name) : existsSync(file);
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A stack would bury the one line that says what to do. */
function oneLine(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}
