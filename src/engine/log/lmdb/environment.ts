import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { newLogId, newSecret } from "../log.ts";
import { HEAD } from "./layout.ts";

/** The version of the format in the folder. A folder with a newer one is refused: what it holds would be misread. */
const FORMAT = 1;
const ABOUT = ["about"];
/** In place of the file in what is known about a log: it is a backup's. */
const NO_FILE = "backup";
const SECRET = ["secret"];
/** A file that was changed so long after its last transaction was changed by someone else, such as a restore in its place. */
const SLACK_MS = 10_000;
/**
 * Without overlapping syncs a commit is lmdb's own: pages, fdatasync, then the root, written through. A failed one has changed
 * nothing. Turn batching would leave a rejection behind that nobody can catch.
 */
const OPTIONS = { encoding: "string", noSubdir: false, overlappingSync: false, eventTurnBatching: false } as const;
/**
 * The folders that this process has open. lmdb gives all who open one folder in one process the same environment, and no error.
 */
const openFolders = new Set<string>();

/** An open lmdb database, of which this process is the only user. Its values are texts. */
export interface Environment {
  readonly db: RootDatabase<string>;
  readonly dir: string;
  /** The log's id: random, and another one where the folder was restored from a backup. */
  readonly id: string;
  /** The log's secret: random, and the same after a restore. */
  readonly secret: string;
  close(): Promise<void>;
}

/** @throws Error that names DATA_DIR and the fix */
export async function openEnvironment(path: string): Promise<Environment> {
  const dir = makeFolder(path);
  if (openFolders.has(dir)) throw inUse(path, process.pid);
  openFolders.add(dir);
  let db: RootDatabase<string> | undefined;
  try {
    db = open({ ...OPTIONS, path: dir });
    db.get(HEAD); // a first read, which enters this process in the table of readers
    const [other] = othersIn(db);
    if (other !== undefined) throw inUse(path, other);
    const id = identify(db, dir, path);
    return { db, dir, id, secret: secretOf(db), close: () => release(dir, db) };
  } catch (error) {
    await release(dir, db);
    throw error instanceof DataDirError ? error : unusable(path, error);
  }
}

/** @returns its real path */
function makeFolder(path: string): string {
  try {
    makeFolders(resolve(path));
    return realpathSync(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

/** One by one: where a parent is there and takes no folder, as `/proc`, Node's own recursive way tries again for ever. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(path)) throw error; // else another process was first
  }
}

/**
 * The ids of the other processes that have it open. lmdb keeps a table of readers under a lock of the kernel's, which is let go whatever
 * happens to its holder: no stale lock file, and no guessing whether a pid is still the same process or in another container.
 * Whoever comes has its own row already, so of two that come at once none can miss the other.
 */
function othersIn(db: RootDatabase<string>): number[] {
  db.readerCheck();
  const pids = [...db.readerList().matchAll(/^\s*(\d+) [0-9a-f]+ /gm)].map(([, pid]) => Number(pid));
  const own = pids.indexOf(process.pid);
  return pids.filter((_, i) => i !== own); // in another container a process may have the same id as this
}

/**
 * Copies the log in a folder, as it is at one moment, whether a server has it open or not.
 * @param to a folder that is made, or is empty
 * @throws Error that names the folder and the fix
 */
export async function backUp(path: string, to: string): Promise<void> {
  let from: RootDatabase<string> | undefined;
  try {
    from = open({ ...OPTIONS, path: realpathSync(path), readOnly: true });
    checkFormat(from, path);
  } catch (error) {
    await from?.close();
    throw error instanceof DataDirError
      ? error
      : new DataDirError(`DATA_DIR ${path} holds no log that can be read. Set it to the folder of a server's log.`);
  }
  try {
    makeFolders(resolve(to));
    if (readdirSync(to).length > 0) throw new Error("it is not empty");
    await from.backup(to, true);
    const copy = open({ ...OPTIONS, path: to });
    // Wherever it is put, and however, its log gets a new id.
    const about = JSON.stringify({ ...parse(copy.get(ABOUT)), file: NO_FILE });
    copy.putSync(ABOUT, about);
    await copy.close();
    rmSync(join(to, "lock.mdb"), { force: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DataDirError(`There is no backup in ${to}: ${why}. Name a folder that is new, and can be written.`);
  } finally {
    await from.close();
  }
}

/**
 * The log's id. Where the file is not the one that was last written here, such as a restored backup, the log gets a new id:
 * cursors of before may name entries that the backup lacks. Where it gets one needlessly, all that happens is that readers are
 * reset.
 */
function identify(db: RootDatabase<string>, dir: string, path: string): string {
  checkFormat(db, path);
  const about = parse(db.get(ABOUT));
  // Of its times that of the last change of any kind: copying can give a file the time of its contents again, and not this.
  const { ino, birthtimeMs, ctimeMs } = statSync(join(dir, "data.mdb"));
  const file = `${ino}-${Math.floor(birthtimeMs)}`;
  const at = Math.max(about?.at ?? 0, parse(db.get(HEAD))?.at ?? 0);
  if (about?.file === file && ctimeMs < at + SLACK_MS) return about.id;
  const id = newLogId();
  const text = JSON.stringify({ format: FORMAT, id, file, at: Date.now() });
  db.transactionSync(() => db.put(ABOUT, text));
  return id;
}

function checkFormat(db: RootDatabase<string>, path: string): void {
  const { format = FORMAT } = parse(db.get(ABOUT)) ?? {};
  if (format === FORMAT) return;
  throw new DataDirError(
    `DATA_DIR ${path} was written by a newer version of Brooklet. Start that one, or set another DATA_DIR.`,
  );
}

function secretOf(db: RootDatabase<string>): string {
  const known = db.get(SECRET);
  if (known !== undefined) return known;
  const secret = newSecret();
  db.transactionSync(() => db.put(SECRET, secret));
  return secret;
}

function parse(text: string | undefined) {
  return text === undefined ? undefined : JSON.parse(text);
}

async function release(dir: string, db: RootDatabase<string> | undefined): Promise<void> {
  await db?.close();
  openFolders.delete(dir);
}

class DataDirError extends Error {}

function inUse(path: string, pid: number): DataDirError {
  return new DataDirError(
    `DATA_DIR ${path} is in use by another Brooklet, process ${pid}: perhaps npm start or npm run dev in another terminal. ` +
      "Stop that one there with Ctrl-C; or set another DATA_DIR for this one.",
  );
}

function unusable(path: string, cause: unknown): DataDirError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DataDirError(
    `DATA_DIR ${path} cannot be used: ${why}. Make it a folder that this process may write, or set another DATA_DIR.`,
    { cause },
  );
}
