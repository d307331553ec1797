import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./folders.ts";

const run = promisify(execFile);

/** What a Dockerfile makes, in a folder in place of an image: no engine is needed, and none is tried. */
export interface Image {
  /** In place of `/`. */
  readonly root: string;
  /** Where its command runs. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cmd: readonly string[];
  readonly healthcheck: readonly string[];
  /** Undefined: root, or whoever runs the tests. */
  readonly uid: number | undefined;
  remove(): void;
}

/** Node's images have a user of this number, `node`. */
const NODE_UID = 1000;

interface Stage {
  readonly root: string;
  workdir: string;
}

/**
 * Carries out the steps of `.docker/Dockerfile` one by one. Of its installations the one with all packages is that of this
 * project, linked, since it is what `npm ci` has made of the same lock file; the others are real.
 * @param context a copy of the project
 */
export async function buildImage(context: string): Promise<Image> {
  const root = mkdtempSync(join(tmpdir(), "brooklet-image-"));
  chmodSync(root, 0o755);
  const isRoot = process.getuid?.() === 0;
  const stages = new Map<string, Stage>();
  const env: Record<string, string> = {};
  const image: { cmd?: string[]; healthcheck?: string[]; uid?: number } = {};
  let stage!: Stage;
  const inside = (path: string) => join(stage.root, resolve(stage.workdir, path));
  for (const [word, rest] of instructions()) {
    const words = rest.split(/\s+/);
    switch (word) {
      case "FROM": {
        const name = words[2] ?? "last";
        stage = { root: join(root, name), workdir: "/" };
        mkdirSync(stage.root);
        stages.set(name, stage);
        break;
      }
      case "WORKDIR":
        stage.workdir = resolve(stage.workdir, rest);
        mkdirSync(inside("."), { recursive: true });
        break;
      case "COPY": {
        const option = (name: string) => words.find((part) => part.startsWith(`--${name}=`))?.split("=")[1];
        const paths = words.filter((part) => !part.startsWith("--"));
        const to = paths.pop()!;
        const from = option("from");
        const base = from === undefined ? context : stages.get(from)!.root;
        for (const path of paths) {
          if (from === undefined) copy(context, path, inside(to));
          else await run("cp", ["-al", join(base, path), inside(to)]);
        }
        if (isRoot && option("chown")?.startsWith("node")) chownSync(inside(to), NODE_UID, NODE_UID);
        break;
      }
      case "RUN":
        if (rest === "npm ci") symlinkSync(join(ROOT, "node_modules"), inside("node_modules"));
        else
          await run("sh", ["-ec", rest], {
            cwd: inside("."),
            env: { ...process.env, npm_config_prefer_offline: "true" },
          });
        break;
      case "ENV":
        for (const pair of words) env[pair.split("=")[0]!] = pair.split("=")[1]!;
        break;
      case "USER":
        if (isRoot && rest === "node") image.uid = NODE_UID;
        break;
      case "HEALTHCHECK":
        image.healthcheck = JSON.parse(rest.slice(rest.indexOf("[")));
        break;
      case "CMD":
        image.cmd = JSON.parse(rest);
        break;
      case "VOLUME":
      case "EXPOSE":
        break;
      default:
        throw new Error(`the tests cannot carry out ${word}`);
    }
  }
  return {
    root: stage.root,
    workdir: inside("."),
    env,
    cmd: image.cmd!,
    healthcheck: image.healthcheck!,
    uid: image.uid,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function instructions(): (readonly [word: string, rest: string])[] {
  const lines = readFileSync(join(ROOT, ".docker", "Dockerfile"), "utf8").split("\n");
  return lines
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1).trim()]);
}

/** As COPY does from the context: a folder's content, or a file into a folder; without what `.dockerignore` names. */
function copy(context: string, path: string, to: string): void {
  const from = join(context, path);
  const isFolder = statSync(from).isDirectory();
  const lines = readFileSync(join(ROOT, ".dockerignore"), "utf8").trim().split("\n");
  const left = lines.map((line) => new RegExp(`^${line.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`));
  const filter = (source: string) => !left.some((pattern) => pattern.test(relative(context, source)));
  cpSync(from, isFolder ? to : join(to, basename(from)), { recursive: true, filter });
}
