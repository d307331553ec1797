import { decimal, Mend, VISIBLE, visible, wholeNumber } from "../engine/config/values.ts";
import type { Variables } from "../engine/config/variables.ts";
import type { Keep } from "./conversation-list.ts";
import type { Limits } from "./patience.ts";

export interface ChatSettings {
  /** Who answers. Without one, the mock in this process, if there is one. */
  readonly backend:
    | {
        readonly url: string;
        readonly key: string | undefined;
        /** Those that visitors may choose, the usual one first; at least one. */
        readonly models: readonly string[];
        readonly system: string | undefined;
      }
    | undefined;
  readonly limits: Required<Limits>;
  readonly keep: Keep;
}

/** Anyone can begin any number of conversations: of more than these, those in which nothing was written for longest go. */
const MAX_CONVERSATIONS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;

const seconds = (name: string, usual: number) => `Write seconds from 1 to 3600, such as ${name}=${usual}.`;

/** @returns undefined where CHAT=off; what is wrong is told by {@link Variables.check} all the same */
export function readChatSettings(variables: Variables): ChatSettings | undefined {
  const milliseconds = (name: string, usual: number) =>
    1000 * variables.read(name, usual, seconds(name, usual), decimal(1, 3_600));

  const settings: ChatSettings = {
    backend: readBackend(variables),
    limits: {
      firstMs: milliseconds("CHAT_FIRST_SECONDS", 30),
      stallMs: milliseconds("CHAT_STALL_SECONDS", 15),
      wholeMs: milliseconds("CHAT_WHOLE_SECONDS", 300),
      length: variables.read(
        "CHAT_LENGTH",
        65_536,
        "Write how many characters an answer may have, at most 262144, such as CHAT_LENGTH=65536.",
        wholeNumber(262_144),
      ),
    },
    keep: {
      maxAgeMs:
        DAY_MS *
        variables.read(
          "CHAT_KEEP_DAYS",
          30,
          "Write after how many days without a word a conversation goes, from 1 to 3650, such as CHAT_KEEP_DAYS=30.",
          decimal(1, 3_650),
        ),
      maxCount: MAX_CONVERSATIONS,
      mostOfOne: variables.read(
        "CHAT_CONVERSATIONS",
        50,
        "Write how many conversations a visitor may have, from 1 to 200, such as CHAT_CONVERSATIONS=50.",
        (text) => wholeNumber(200)(text) || undefined,
      ),
    },
  };
  return variables.isOn("CHAT", true) ? settings : undefined;
}

/** Whoever names a model, or has a key for it, did not mean the mock; and each backend has models of its own. */
function readBackend(variables: Variables): ChatSettings["backend"] {
  const example = "https://api.openai.com/v1";
  const url = variables.read<string | undefined>(
    "OPENAI_BASE_URL",
    undefined,
    `Write one such as ${example}.`,
    baseUrl,
  );
  const key = variables.read<string | undefined>("OPENAI_API_KEY", undefined, VISIBLE, visible);
  const models = variables.read(
    "CHAT_MODEL",
    [],
    "Write the name of a model, or of several, such as CHAT_MODEL=gpt-4.1-mini,gpt-4.1.",
    namesIn,
  );
  const system = variables.text("CHAT_SYSTEM");
  if (variables.text("OPENAI_BASE_URL") !== undefined) {
    if (variables.text("CHAT_MODEL") === undefined)
      variables.refuse("CHAT_MODEL is missing. Name one of the models at OPENAI_BASE_URL.");
  } else {
    const idle = ["CHAT_MODEL", "CHAT_SYSTEM", "OPENAI_API_KEY"]
      .filter((name) => variables.text(name) !== undefined)
      .join(" and ");
    if (idle !== "") {
      variables.refuse(
        `OPENAI_BASE_URL is missing, without which ${idle} would not be used. Set it, such as OPENAI_BASE_URL=${example}.`,
      );
    }
  }
  return url === undefined || models.length === 0 ? undefined : { url, key, models, system };
}

/** Names, separated by commas; undefined where one is missing. */
function namesIn(text: string): string[] | undefined {
  const names = text.split(",").map((name) => name.trim());
  return names.includes("") ? undefined : [...new Set(names)];
}

/** An http or https URL, to which paths can be added. */
function baseUrl(text: string): string | Mend | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { username, password } = new URL(text);
  if (username !== "" || password !== "")
    return new Mend("Write it without a user and a password. What is sent along is OPENAI_API_KEY.");
  return /[?#]/.test(text) ? new Mend("Write it without ? and #, since paths are added to it.") : text;
}
