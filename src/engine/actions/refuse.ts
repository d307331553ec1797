import { Problem } from "../core/problem.ts";

/** Why each of these fields is refused, by its name. */
export type FieldReasons = Readonly<Record<string, string>>;

/** A form that is refused for some of its fields. */
export class FieldsRefused extends Problem {
  readonly fields: FieldReasons;

  constructor(fields: FieldReasons) {
    super(422, "fields_refused", "Some of the fields are refused. See what each of them needs.");
    this.fields = fields;
  }

  override toJSON() {
    return { ...super.toJSON(), fields: this.fields };
  }
}

/** Refuses what a visitor sent: in a sentence for the whole form, or in one for each field that is wrong. */
export function refuse(why: string | FieldReasons): never {
  if (typeof why === "string") throw new Problem(422, "action_refused", why);
  throw new FieldsRefused(why);
}
