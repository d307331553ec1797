import { randomBytes } from "node:crypto";

/**
 * The nodes that share a log, and what they tell each other apart from it: what is true for the moment only, such as who is
 * looking. Nothing of it is kept, and what a node is told while it cannot be reached is lost: whoever needs it says it again.
 */
export interface Nodes {
  /** This node's own, another one after each start. */
  readonly name: string;
  /** Calls the listener with all that this node is told, by itself as well. There is one listener. */
  onTold(listener: (text: string) => void): void;
  /**
   * Tells all nodes, this one too.
   * @returns how many there are that can be reached
   * @throws Problem 503 `broker_unavailable`
   */
  tellAll(text: string): Promise<number>;
  /** Tells one node, if it can be reached. @throws Problem 503 `broker_unavailable` */
  tell(node: string, text: string): Promise<void>;
}

/** So that nodes are told apart, however many there were. */
export function newNodeName(): string {
  return randomBytes(6).toString("base64url");
}

/** Whether a text could have come from {@link newNodeName}. */
export function isNodeName(text: string): boolean {
  return /^[\w-]{8}$/.test(text);
}

/** A node that is the only one. */
export class LocalNodes implements Nodes {
  readonly name = newNodeName();
  #listener: (text: string) => void = () => {};

  onTold(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  async tellAll(text: string): Promise<number> {
    await this.tell(this.name, text);
    return 1;
  }

  async tell(node: string, text: string): Promise<void> {
    // Not within the caller's own step, as with nodes that are many.
    await Promise.resolve();
    if (node === this.name) this.#listener(text);
  }
}
