import { createHash } from "node:crypto";
import { LIMITS } from "./limits.ts";
import { Problem } from "./problem.ts";
import { type ItemName, parseTopic, type Topic } from "./topic.ts";

/** Params as they come from a URL or a template, before the widget's front matter has typed them. */
export type RawParams = Readonly<Record<string, string>>;

/** The place on a page that shows a topic, with its params if it has any. */
export interface Region {
  /** Canonical, percent-encoded and without a comma: `updates?format=detailed&friends=true`. */
  readonly name: string;
  readonly topic: Topic;
  readonly params: RawParams;
  /** Its element's id: the name where that is plain, else a hash. Always safe in a selector. */
  readonly id: string;
}

/** Shared by all regions without params, of which a stranger may ask for very many. */
const NONE: RawParams = Object.freeze({});

/** The region that shows a topic with these params. Nothing is checked: see `Renderer.check`. */
export function regionOf(topic: Topic, params: Readonly<Record<string, unknown>> = {}): Region {
  const pairs = Object.entries(params)
    .map(([key, value]) => [key, String(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const query = pairs.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
  const name = query === "" ? topic : `${topic}?${query}`;
  return { name, topic, params: pairs.length === 0 ? NONE : Object.fromEntries(pairs), id: regionId(name) };
}

/** A region from its name, in whatever order its params are. @throws Problem 400 `region_invalid`, `topic_invalid` */
export function parseRegion(name: string): Region {
  const [topic = "", query = ""] = split(name, "?");
  const params = new Map<string, string>();
  for (const pair of query === "" ? [] : query.split("&")) {
    const [key, value] = split(pair, "=").map(decode);
    if (key === undefined || key === "" || key === "__proto__" || value === undefined || params.has(key))
      throw invalid(name);
    params.set(key, value);
  }
  return regionOf(parseTopic(topic), Object.fromEntries(params));
}

/**
 * The `regions` of a stream's URL: names joined by commas, each once.
 * @throws Problem 400 `region_invalid`, `topic_invalid`
 */
export function parseRegions(list: string): Region[] {
  checkLength(list);
  const regions = new Map<string, Region>();
  for (const name of list.split(",").filter((name) => name !== "")) {
    const region = parseRegion(name);
    regions.set(region.name, region);
  }
  return checkCount([...regions.values()]);
}

/** Regions, each of them once, that are to be listed so. @throws Problem 400 `region_invalid` where that is too long */
export function listedRegions(regions: readonly Region[]): readonly Region[] {
  checkLength(regions.map(({ name }) => name).join(","));
  return checkCount(regions);
}

function checkLength(list: string): void {
  if (Buffer.byteLength(list) > LIMITS.regionListBytes) {
    throw new Problem(
      400,
      "region_invalid",
      `The list of regions is over ${LIMITS.regionListBytes} bytes. Show fewer on one page.`,
    );
  }
}

function checkCount<Regions extends readonly Region[]>(regions: Regions): Regions {
  if (regions.length <= LIMITS.regions) return regions;
  throw new Problem(400, "region_invalid", `A page shows at most ${LIMITS.regions} regions.`);
}

// Ids are one to one with names: a topic's plain first segment has no underscore, so `_` parts region and item, `__`
// begins a hash (of a fixed length), and an id that begins with `_` is the layout's.

function regionId(name: string): string {
  return /^[a-z][a-z0-9-]*$/.test(name) ? name : `${/^[a-z][a-z0-9-]*/.exec(name)?.[0] ?? "r"}__${hash(name)}`;
}

/**
 * The id of an item's element.
 * @param key the item's in the topic's record: `12` where it has no name, `=m7` where it has one
 */
export function itemId(regionId: string, key: string): string {
  const name = itemName(key);
  if (name === undefined) return `${regionId}_${key}`;
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(name) ? `${regionId}_${name}` : `${regionId}__i${hash(name)}`;
}

/** What the log knows an item by that its publisher has named. */
export function itemKey(name: ItemName): string {
  return `=${name}`;
}

/** The name of an item, where its publisher gave it one. */
export function itemName(key: string): string | undefined {
  return key.startsWith("=") ? key.slice(1) : undefined;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function invalid(name: string): Problem {
  // Its topic is named, so that the author finds it among many; what is not plain is not repeated, since it is input.
  const topic = /^[a-z0-9/-]{1,80}/.exec(name)?.[0] ?? "";
  return new Problem(
    400,
    "region_invalid",
    `The params of region ${topic || "(unnamed)"} are malformed. Write topic?key=value&key=value, percent-encoded.`,
  );
}

function encode(text: string): string {
  // A lone surrogate would make encodeURIComponent throw; as UTF-8 it is U+FFFD.
  return encodeURIComponent(Buffer.from(text).toString());
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function split(text: string, at: string): string[] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
