import { nearest } from "../core/problem.ts";
import { Mend, onOrOff } from "./values.ts";

/** Every variable that is wrong, each with its fix, so that one start shows all that is to be mended. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("\n"), options);
    this.name = "SettingsError";
    this.problems = problems;
  }
}

/**
 * The environment, as the engine and each feature read their own settings from it. All of them read before `check` is called,
 * also those of a feature that is switched off: what is wrong is told in one go, and a name is misspelt that nobody has read.
 */
export class Variables {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #known = new Set<string>();
  readonly #problems: string[] = [];

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** Whether it is for visitors that this server runs. */
  get production(): boolean {
    return this.#env.NODE_ENV === "production";
  }

  /** Whether it is for who develops. */
  get development(): boolean {
    return this.#env.NODE_ENV === "development";
  }

  /** What a variable holds, if it is set. An empty one is not. */
  text(name: string): string | undefined {
    this.#known.add(name);
    return this.#env[name]?.trim() || undefined;
  }

  /** Whether a variable is there that holds nothing. */
  isBlank(name: string): boolean {
    return this.#env[name]?.trim() === "";
  }

  /** The value that `parse` makes of a variable, or `fallback` where it is unset. @param fix follows “PORT is not valid.” */
  read<T>(name: string, fallback: T, fix: string, parse: (text: string) => T | Mend | undefined): T {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value !== undefined && !(value instanceof Mend)) return value;
    this.refuse(`${name} is not valid. ${value instanceof Mend ? value.text : fix}`);
    return fallback;
  }

  /** What is on or off. */
  isOn(name: string, fallback: boolean): boolean {
    return this.read(name, fallback, `Write ${name}=on or ${name}=off.`, onOrOff);
  }

  /** Says what is wrong with several variables together. */
  refuse(problem: string): void {
    this.#problems.push(problem);
  }

  /** @throws SettingsError with all that is wrong, once everybody has read */
  check(): void {
    const problems = [...this.#misspelt(), ...this.#problems];
    if (problems.length > 0) throw new SettingsError(problems);
  }

  /**
   * A variable that nobody reads is a setting that silently does not hold. Only names of several words are compared: HOME
   * is two letters from HOST.
   */
  #misspelt(): string[] {
    const compound = [...this.#known].filter((name) => name.includes("_"));
    return Object.keys(this.#env).flatMap((name) => {
      if (this.#known.has(name)) return [];
      const like = compound.filter((candidate) => candidate.slice(0, 3) === name.slice(0, 3).toUpperCase());
      const meant = nearest(name, like);
      return meant === undefined ? [] : [`${name} is not a variable of Brooklet. Did you mean ${meant}?`];
    });
  }
}
