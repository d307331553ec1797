import { transformSync } from "esbuild";

/**
 * A style sheet without what is there for its author alone. One in which there is, or seems to be, a mistake stays as it is
 * written: then no page looks otherwise in production than it did in development.
 */
export function minified(css: Buffer): Buffer {
  try {
    const { code, warnings } = transformSync(css, { loader: "css", minify: true, charset: "utf8" });
    return warnings.length > 0 ? css : Buffer.from(code);
  } catch {
    // It breaks off within a comment, or this machine cannot run esbuild, which is a program of its own: browsers read it all the same.
    return css;
  }
}
