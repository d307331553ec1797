import { isNodeName, type Nodes } from "../core/nodes.ts";
import { isSecretSegment } from "../core/topic.ts";
import type { Liveness } from "../delivery/liveness.ts";
import type { Note } from "./notes.ts";

/** Answers that come together are passed on together. */
const COALESCE_MS = 200;
/** Of so many nodes at a time, since strangers may make up their names. */
const MAX_NODES = 100;

/** Takes pages' answers that they are still there. A balancer may bring one to another node than the one that has its stream. */
export class PageAnswers {
  readonly #nodes: Nodes;
  readonly #liveness: Liveness;
  /** By node: the ids of its pages that have answered here. */
  #waiting = new Map<string, string[]>();
  #telling: NodeJS.Timeout | undefined;

  constructor(nodes: Nodes, liveness: Liveness) {
    this.#nodes = nodes;
    this.#liveness = liveness;
  }

  /** A page says that it is there. @param id as it came; one that cannot be, or is nobody's, has no effect */
  take(id: string): void {
    const node = nodeOf(id);
    if (node === this.#nodes.name) this.#liveness.answered(id);
    if (node === this.#nodes.name || node === undefined) return;
    const waiting = this.#waiting.get(node) ?? [];
    if (waiting.length === 0 && this.#waiting.size >= MAX_NODES) return;
    waiting.push(id);
    this.#waiting.set(node, waiting);
    this.#telling ??= setTimeout(() => this.#tell(), COALESCE_MS).unref();
  }

  /** A page says that it opens another stream in this one's place. @param id as it came, as with {@link take} */
  left(id: string): void {
    const node = nodeOf(id);
    const note: Note = { kind: "left", id };
    if (node === this.#nodes.name) this.#liveness.left(id);
    else if (node !== undefined) this.#nodes.tell(node, JSON.stringify(note)).catch(() => {});
  }

  stop(): void {
    clearTimeout(this.#telling);
  }

  #tell(): void {
    this.#telling = undefined;
    for (const [node, ids] of this.#waiting) {
      const note: Note = { kind: "here", ids };
      // One that is lost for a moment is missed once: its page opens its stream again.
      this.#nodes.tell(node, JSON.stringify(note)).catch(() => {});
    }
    this.#waiting.clear();
  }
}

/** The node that has the stream of this id, if it can be one. */
function nodeOf(id: string): string | undefined {
  const [node = "", secret = ""] = id.split(".", 2);
  return isNodeName(node) && isSecretSegment(secret) ? node : undefined;
}
