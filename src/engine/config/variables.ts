import { nearest } from "../core/problem.ts";
import { Mend, onOrOff } from "./values.ts";

/** What a process exits with where its operator has something to mend: a setting, a file, an address that is taken. */
export const TO_MEND = 2;
/** What `brooklet dev` is told by a process that has to be started again once its author has mended what it shows. */
export const MISTAKEN = "mistaken";

/** All variables that are wrong, each with its fix, so that one start shows all that is to be mended. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("\n"), options);
    this.name = "SettingsError";
    this.problems = problems;
  }
}

/**
 * The environment, from which the engine and each feature read their own settings. All of them read first, also features that
 * are switched off; then `check` is called. So all that is wrong is told at once, and a name that nobody has read is known to
 * be misspelt.
 */
export class Variables {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #known = new Map<string, unknown>();
  readonly #problems: string[] = [];

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** Whether NODE_ENV is `production`. */
  get production(): boolean {
    return this.#env.NODE_ENV === "production";
  }

  /** Whether NODE_ENV is `development`. */
  get development(): boolean {
    return this.#env.NODE_ENV === "development";
  }

  /** The names that were read so far, each with what it is where it is not set. */
  get known(): ReadonlyMap<string, unknown> {
    return this.#known;
  }

  /** The text of a variable; undefined if it is not set, or blank. */
  text(name: string): string | undefined {
    if (!this.#known.has(name)) this.#known.set(name, undefined);
    return this.#env[name]?.trim() || undefined;
  }

  /** Whether a variable is set, and blank. */
  isBlank(name: string): boolean {
    return this.#env[name]?.trim() === "";
  }

  /** The value that `parse` makes of a variable, or `fallback` where it is unset. @param fix follows “PORT is not valid.” */
  read<T>(name: string, fallback: T, fix: string, parse: (text: string) => T | Mend | undefined): T {
    this.#known.set(name, fallback);
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value !== undefined && !(value instanceof Mend)) return value;
    this.refuse(`${name} is not valid. ${value instanceof Mend ? value.text : fix}`);
    return fallback;
  }

  /** A variable that is `on` or `off`. */
  isOn(name: string, fallback: boolean): boolean {
    return this.read(name, fallback, `Write ${name}=on or ${name}=off.`, onOrOff);
  }

  /** Adds a sentence to what `check` throws, such as one about several variables together. */
  refuse(problem: string): void {
    this.#problems.push(problem);
  }

  /** To be called once everybody has read. @throws SettingsError with all that is wrong */
  check(): void {
    const problems = [...this.#misspelt(), ...this.#problems];
    if (problems.length > 0) throw new SettingsError(problems);
  }

  /**
   * Variables that nobody has read and whose names are nearly those of known ones: such a setting would have no effect,
   * silently. Only names of several words are compared, since HOME is two letters from HOST.
   */
  #misspelt(): string[] {
    const compound = [...this.#known.keys()].filter((name) => name.includes("_"));
    return Object.keys(this.#env).flatMap((name) => {
      if (this.#known.has(name)) return [];
      const like = compound.filter((candidate) => candidate.slice(0, 3) === name.slice(0, 3).toUpperCase());
      const meant = nearest(name, like);
      return meant === undefined ? [] : [`${name} is not a variable of Brooklet. Did you mean ${meant}?`];
    });
  }
}
