import type { Topic } from "../../src/engine/core/topic.ts";
import { unavailable } from "../../src/engine/log/failure.ts";
import type { AppendOptions, Log, LogObserver } from "../../src/engine/log/log.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import type { Draft, Entry, TopicRecord } from "../../src/engine/log/record.ts";

/** A log in memory that befalls what befalls one that is elsewhere: it is lost, found, and replaced by another. */
export class FatefulLog implements Log {
  /** Reads wait for this. */
  gate: Promise<void> = Promise.resolve();
  #log = new MemoryLog();
  /** What is not delivered yet, while that waits. */
  #late: (readonly Entry[])[] | undefined;
  #away = false;
  #listener: (entries: readonly Entry[]) => void = () => {};
  #fate: LogObserver | undefined;

  get id(): string {
    return this.#log.id;
  }

  get secret(): string {
    return this.#log.secret;
  }

  isBroken = false;

  append(drafts: readonly Draft[], options?: AppendOptions): Promise<number> {
    return this.#away ? Promise.reject(unavailable()) : this.#log.append(drafts, options);
  }

  sweep(): Promise<boolean> {
    return this.#log.sweep();
  }

  now(): number {
    return this.#log.now();
  }

  async read(topic: Topic): Promise<TopicRecord> {
    const log = this.#log;
    if (this.#away) throw unavailable();
    const record = await log.read(topic);
    await this.gate;
    return record;
  }

  follow(listener: (entries: readonly Entry[]) => void, fate?: LogObserver): Promise<number> {
    this.#listener = (entries) => void (this.#late?.push(entries) ?? listener(entries));
    this.#fate = fate;
    return this.#log.follow(this.#listener);
  }

  /** From now on nothing is delivered, though it can be read. */
  fallBehind(): void {
    this.#late = [];
  }

  catchUp(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const entries of late) this.#listener(entries);
  }

  lose(): void {
    this.#away = true;
    this.#fate?.reachable(false);
  }

  find(): void {
    this.#away = false;
    this.#fate?.reachable(true);
  }

  /** Puts another log in its place, which holds what is appended to it here. */
  async replace(drafts: readonly Draft[] = []): Promise<void> {
    const log = new MemoryLog();
    if (drafts.length > 0) await log.append(drafts);
    const head = await log.follow(this.#listener);
    void this.#log.close();
    this.#log = log;
    this.#fate?.replaced(head);
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** A log in memory whose clock is moved on by hand. */
export class ClockedLog extends MemoryLog {
  #passedMs = 0;

  override now(): number {
    return Date.now() + this.#passedMs;
  }

  pass(ms: number): void {
    this.#passedMs += ms;
  }
}
