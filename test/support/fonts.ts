import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The families that tests set as the sans-serif, and where Debian's packages put them: one is wide, one tall, one narrow. */
export const FONTS = {
  "DejaVu Sans": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
  "Noto Sans": "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
  "Liberation Sans": "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
} as const;

export type Font = keyof typeof FONTS;

const MONO = "DejaVu Sans Mono";

/**
 * A fontconfig file for which a machine has this one sans-serif, whatever else is installed: what a Chromium is given as its
 * FONTCONFIG_FILE.
 */
export function fontconfig(sans: Font): string {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-fonts-"));
  const file = join(dir, "fonts.conf");
  const dirs = Object.values(FONTS).map((path) => `<dir>${join(path, "..")}</dir>`);
  writeFileSync(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${dirs.join("\n")}
<cachedir>${join(dir, "cache")}</cachedir>
${alias("sans-serif", sans)}
${alias("serif", sans)}
${alias("monospace", MONO)}
</fontconfig>
`,
  );
  return file;
}

function alias(generic: string, family: string): string {
  return `<alias binding="strong"><family>${generic}</family><prefer><family>${family}</family></prefer></alias>`;
}
