import type { Broker } from "../engine/broker/broker.ts";
import type { Json } from "../engine/core/json.ts";
import { Problem } from "../engine/core/problem.ts";
import { parseTopic, secretSegment, type Topic } from "../engine/core/topic.ts";
import { type Bounds, versionOf } from "../engine/log/record.ts";
import { untilFirst } from "./conversation.ts";

/**
 * A conversation as its visitor's list has it. A type, since TypeScript does not take an interface for JSON.
 * `name` tells it from their others, and is in the page's address; `at` is when it was last written in, in ms since 1970.
 */
export type Listed = { name: string; title: string; at: number };

/** How long conversations are kept, and how many. */
export interface Keep extends Bounds {
  /** Of one visitor: of more than these, the one in which nothing was written for longest goes. */
  readonly mostOfOne: number;
}

/** The conversation of a visitor who has never begun another. */
export const MAIN = "main";
const NAME_LENGTH = 8;
const NAME = new RegExp(`^(?:${MAIN}|[\\w-]{${NAME_LENGTH}})$`);
/** What is kept of a question to be the title of what began with it. */
const MAX_TITLE_CHARACTERS = 60;
/** A conversation is listed before it is begun: so long it may be empty. */
const BEGINNING_MS = 60_000;

/**
 * Which conversations each visitor has, newest first, as a topic `chat-list/<the visitor's id>`. A name counts among its visitor's own:
 * whoever takes another's from an address finds one of theirs by it. Where the author has no widget `chat-list`, none is listed.
 */
export class ConversationList {
  readonly #broker: Pick<Broker, "publish" | "read">;
  readonly #keep: Keep;

  constructor(broker: Pick<Broker, "publish" | "read">, keep: Keep) {
    this.#broker = broker;
    this.#keep = keep;
  }

  async of(visitor: string): Promise<Listed[]> {
    return (await this.#read(listTopic(visitor))).listed;
  }

  /** Those that have been kept for as long as they may: their topics are emptied by themselves. */
  async forgetOld(visitor: string): Promise<void> {
    const isOld = ({ at }: Listed) => at < Date.now() - this.#keep.maxAgeMs;
    if ((await this.of(visitor)).some(isOld)) await this.#change(visitor, (all) => all.filter((one) => !isOld(one)));
  }

  /**
   * Puts a conversation at the head of the list.
   * @param question makes its title, if it has none yet
   */
  async note(visitor: string, name: string, question: string): Promise<void> {
    await this.#change(visitor, (all) => {
      const known = all.find((one) => one.name === name);
      const { title = titleOf(question) } = known ?? {};
      return [{ name, title, at: Date.now() }, ...all.filter((one) => one !== known)];
    });
  }

  /** @returns those that are too many, and are listed no more */
  async trim(visitor: string): Promise<Listed[]> {
    const most = this.#keep.mostOfOne;
    let gone: Listed[] = [];
    if ((await this.of(visitor)).length <= most) return gone;
    await this.#change(visitor, (all) => {
      gone = all.slice(most);
      return all.slice(0, most);
    });
    return gone;
  }

  async forget(visitor: string, name: string): Promise<void> {
    await this.#change(visitor, (all) => all.filter((one) => one.name !== name));
  }

  async #change(visitor: string, next: (all: readonly Listed[]) => Listed[]): Promise<void> {
    const topic = listTopic(visitor);
    await untilFirst(async () => {
      const { listed, version } = await this.#read(topic);
      if (version === undefined) return;
      const data = { conversations: next(listed) };
      const expect = { topic, versions: [version] };
      await this.#broker.publish([{ topic, data, bounds: this.#keep }], { expect });
    });
  }

  async #read(topic: Topic) {
    const reading = await this.#broker.read(topic).catch((error: unknown) => {
      if (error instanceof Problem && error.code === "topic_unknown") return undefined;
      throw error;
    });
    if (reading === undefined) return { listed: [], version: undefined };
    const { log, record } = reading;
    return { listed: listedIn([...record.values.values()].at(-1)?.json.value), version: versionOf(log, record) };
  }
}

const listTopic = (visitor: string): Topic => parseTopic(`chat-list/${visitor}`);

/** A name that no conversation has. */
export const newName = (): string => secretSegment().slice(0, NAME_LENGTH);

/** The name of the conversation that an address or a form names; the main one's where it names none. */
export const nameIn = (given: unknown): string => (typeof given === "string" && NAME.test(given) ? given : MAIN);

/** The id of a conversation: it is the visitor's, who alone can make it. */
export const idOf = (visitor: string, name: string): string => (name === MAIN ? visitor : `${visitor}/${name}`);

/** Whether it should hold something by now. */
export const hasBegun = ({ at }: Listed): boolean => at < Date.now() - BEGINNING_MS;

function titleOf(question: string): string {
  const line = question
    .trim()
    .split("\n", 1)[0]!
    .replace(/\s+/g, " ")
    .slice(0, 4 * MAX_TITLE_CHARACTERS);
  const characters = [...line];
  if (characters.length <= MAX_TITLE_CHARACTERS) return line;
  const cut = characters.slice(0, MAX_TITLE_CHARACTERS).join("");
  return `${cut.replace(/\s+\S{0,20}$/, "")}…`;
}

/** Programs may publish anything to the topic: what is no conversation is left out. */
function listedIn(value: Json | undefined): Listed[] {
  const { conversations } = (value ?? {}) as { conversations?: unknown };
  return (Array.isArray(conversations) ? conversations : []).filter(
    (one) => NAME.test(one?.name) && typeof one.title === "string" && typeof one.at === "number",
  );
}
