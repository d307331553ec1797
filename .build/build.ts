import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { takePlace } from "./take-place.ts";

/*
 * `dist`: the server, the command and what authors import, each small and soon loaded, beside it the files that they read, and this
 * folder's own sources, actions and schemas. The package is `dist` without the latter, and without the maps by which `npm start` tells where
 * in the source something has failed.
 *
 * It is made in a folder of its own, which takes the place of what was there once it is whole: a server that runs from there finds
 * what it reads, also where a build fails. As deep as that, since the maps name the sources from there.
 */

const root = join(import.meta.dirname, "..");
const [src, dist] = [join(root, "src"), join(root, "dist")];
const fresh = `${dist}-${process.pid}`;
/** What authors write, here of the demo. */
const AUTHORS = /^(?:(?:sources|actions)\/|authorize\.ts$)/;
/** What is copied for authors as it is. */
const TAKEN = /^(?:kit\/(?:sources|actions)|start-folder)\//;

const options: BuildOptions = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  charset: "utf8",
  legalComments: "none",
  sourcemap: "linked",
  sourcesContent: false,
  outdir: fresh,
  absWorkingDir: root,
};

/** A file of src says of what is beside it that it is in its own folder, and is in a file of dist now: so its folder is named from there. */
const besides: Plugin = {
  name: "besides",
  setup: (build) =>
    void build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const folder = JSON.stringify(`/${relative(src, dirname(path))}`);
      return { loader: "ts", contents: text.replaceAll("import.meta.dirname", `(import.meta.dirname + ${folder})`) };
    }),
};

async function make(): Promise<void> {
  const files = (await readdir(src, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(src, join(entry.parentPath, entry.name)));

  await build({
    ...options,
    minify: true,
    plugins: [besides],
    entryPoints: {
      index: "src/index.ts",
      brooklet: "src/brooklet.ts",
      testing: "src/testing/testing.ts",
      command: "src/cli/brooklet.ts",
    },
  });
  // Each stays a file, since its name is what it is for.
  await build({
    ...options,
    external: ["brooklet", "brooklet/*"],
    outbase: src,
    entryPoints: files.filter((file) => AUTHORS.test(file) && file.endsWith(".ts")).map((file) => join(src, file)),
  });
  const widgets = await readdir(join(root, "views/widgets")).catch(() => []);
  const schemas = widgets.filter((file) => /^[^_].*\.schema\.[jt]s$/.test(file));
  if (schemas.length > 0) {
    await build({ ...options, outbase: root, entryPoints: schemas.map((file) => join(root, "views/widgets", file)) });
  }
  for (const file of files.filter((file) => !file.startsWith("README") && file !== "tsconfig.json")) {
    if (!TAKEN.test(file) && (file.endsWith(".ts") || AUTHORS.test(file))) continue;
    await mkdir(dirname(join(fresh, file)), { recursive: true });
    await cp(join(src, file), join(fresh, file));
  }
}

try {
  await make();
  await takePlace(fresh, dist);
} finally {
  await rm(fresh, { recursive: true, force: true });
}
