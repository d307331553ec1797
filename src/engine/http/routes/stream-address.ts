import { parseRegions, type Region } from "../../core/region.ts";
import { Remembered } from "../../core/remembered.ts";

/** What the address of a stream asks for, as it came. */
export class StreamAddress {
  /** The names of the regions; nobody has looked at them. */
  readonly names: readonly string[];
  readonly as: string | undefined;
  readonly compress: string | undefined;
  readonly cursor: string | undefined;
  readonly seal: string | undefined;
  #regions: readonly Region[] | undefined;

  constructor(query: string) {
    const params = new URLSearchParams(query);
    this.names = params.getAll("regions").join(",").split(",");
    this.as = params.get("as") ?? undefined;
    this.compress = params.get("compress") ?? undefined;
    this.cursor = params.get("cursor") ?? undefined;
    this.seal = params.get("seal") ?? undefined;
  }

  /** Each once. @throws Problem 400 `region_invalid`, `topic_invalid` */
  get regions(): readonly Region[] {
    this.#regions ??= parseRegions(this.names.join(","));
    return this.#regions;
  }
}

/** Pages that were loaded in one moment have one address, and those whose server was away open it together. */
const addresses = new Remembered((query) => new StreamAddress(query));

export function streamAddress(query: string): StreamAddress {
  return addresses.of(query);
}
