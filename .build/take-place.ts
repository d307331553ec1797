import { renameSync } from "node:fs";
import { rm } from "node:fs/promises";

/**
 * Puts a folder in the place of another, if there is one, and removes that. In two steps, since no folder can take the place of one
 * that is not empty, and Node has no call by which two change places: nothing else is done between them, and where the second one
 * fails, the first is undone.
 */
export async function takePlace(fresh: string, place: string): Promise<void> {
  const old = `${place}-${process.pid}-old`;
  const wasThere = moved(place, old);
  try {
    renameSync(fresh, place);
  } catch (error) {
    if (wasThere) renameSync(old, place);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** @returns whether there was anything to move */
function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
