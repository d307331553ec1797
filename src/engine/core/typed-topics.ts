import type { StandardSchemaV1 } from "@standard-schema/spec";

/**
 * What the schemas beside widgets take, by the widgets' names. Empty here: `views/widgets/topics.d.ts`, which `brooklet dev` and
 * `brooklet check` write, adds a folder's own.
 */
// biome-ignore lint/suspicious/noEmptyInterface: each folder adds to it
export interface Topics {}

/** What a schema takes, which is what is kept and shown: it checks, and changes nothing. */
export type Taken<Schema extends StandardSchemaV1> = StandardSchemaV1.InferInput<Schema>;

/** The values of a topic, `price` or `price/ACME`, by its widget's schema; `Else` where none is known. */
export type ValueOf<Topic extends string, Else = unknown> = Topic extends keyof Topics
  ? Topics[Topic]
  : Topic extends `${infer Widget}/${string}`
    ? Widget extends keyof Topics
      ? Topics[Widget]
      : Else
    : Else;
