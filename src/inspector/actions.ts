import { z } from "zod";
import { type Action, action } from "../engine/actions/action.ts";
import { FieldsRefused } from "../engine/actions/refuse.ts";
import type { Broker } from "../engine/broker/broker.ts";
import { JsonText } from "../engine/core/json.ts";
import { Problem, wholeMessage } from "../engine/core/problem.ts";
import { parseItem, parseTopic } from "../engine/core/topic.ts";
import type { PublishRate } from "../engine/http/request/publish-rate.ts";
import type { Sources } from "../engine/sources/sources.ts";
import type { Holder } from "./access.ts";
import type { Faults } from "./faults.ts";

export interface InspectorActions {
  readonly broker: Pick<Broker, "publish">;
  readonly publishRate: PublishRate;
  readonly sources: Pick<Sources, "pause" | "resume">;
  /** Undefined where nobody may make any. */
  readonly faults: Faults | undefined;
  /** Has the page show at once what was changed. */
  readonly refresh: () => Promise<void>;
}

const value = z.object({
  topic: z.string().trim().min(1, "Which topic?"),
  item: z.string().trim(),
  json: z.string().trim().min(1, 'Write JSON, such as "hello" or {"price": 101.2}.'),
});

/** All names that there are, whether or not somebody may do what they stand for. */
export const INSPECTOR_ACTIONS = ["publish", "cut", "refuse", "slow-down", "pause", "resume"] as const;

/** What the buttons of the inspector's page do, by their names. */
export function inspectorActions({
  broker,
  publishRate,
  sources,
  faults,
  refresh,
}: InspectorActions): ReadonlyMap<string, Action> {
  const publish = action({
    fields: value,
    run: async ({ fields: { topic, item, json }, user, address }) => {
      try {
        const named = item === "" ? undefined : parseItem(item);
        const publication = { topic: parseTopic(topic), item: named, data: JsonText.read(json) };
        const { token } = user as Holder;
        token?.demand("publish", publication.topic);
        publishRate.admit({ ip: address }, token);
        await broker.publish([publication]);
      } catch (error) {
        throw besideField(error);
      }
    },
  });
  if (faults === undefined) return new Map([["publish", publish]]);
  const change = (make: (name: string) => void) =>
    action(async ({ fields }) => {
      make(fields.name ?? "");
      await refresh();
    });
  return new Map([
    ["publish", publish],
    ["cut", change(() => faults.cut())],
    ["refuse", change(() => faults.refuse())],
    ["slow-down", change(() => faults.slowDown())],
    ["pause", change((name) => sources.pause(name))],
    ["resume", change((name) => sources.resume(name))],
  ]);
}

/** A refusal, told beside the field that is to be mended. */
function besideField(error: unknown): unknown {
  if (!(error instanceof Problem) || error.status === 429 || error.status >= 500) return error;
  const field = /^(topic|item)_/.exec(error.code)?.[1] ?? (error.code === "token_forbidden" ? "topic" : "json");
  return new FieldsRefused({ [field]: wholeMessage(error) });
}
