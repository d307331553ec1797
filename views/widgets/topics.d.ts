// What the topics take, by the schemas beside this. Written by brooklet dev and brooklet check: change those.
import type { Taken } from "brooklet";

declare module "brooklet" {
  interface Topics {
    price: Taken<typeof import("./price.schema.ts").default>;
  }
}
