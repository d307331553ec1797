import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A file system in memory that can be filled, and emptied again. */
export class SmallDisk {
  readonly dir: string;

  /**
   * @param size in MiB
   * @returns why that is not possible here: the right to mount is not everybody's
   */
  static mount(dir: string, size: number): SmallDisk | string {
    if (process.platform !== "linux") return "only Linux has a tmpfs to fill";
    mkdirSync(dir, { recursive: true });
    const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}m`, "tmpfs", dir], {
      encoding: "utf8",
    });
    if (status === 0) return new SmallDisk(dir);
    if (/permi|superuser/i.test(stderr)) return `mounting is not permitted here: ${stderr.trim()}`;
    throw new Error(stderr);
  }

  private constructor(dir: string) {
    this.dir = dir;
  }

  get #ballast(): string {
    return join(this.dir, "ballast");
  }

  /** Takes room away. */
  fill(bytes: number): void {
    writeFileSync(this.#ballast, Buffer.alloc(bytes));
  }

  makeRoom(): void {
    rmSync(this.#ballast);
  }

  /** With all that is on it. */
  unmount(): void {
    const { status, stderr } = spawnSync("umount", [this.dir], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  }
}
