/** What a program has said that writes its log as JSON, as a person at its terminal would have read it. */
export interface Told {
  /** How it goes: where it listens, that it stops. */
  readonly out: string;
  /** What is amiss. */
  readonly err: string;
  /** What is no entry of its log. */
  readonly other: string;
}

/** @param said whole lines, and perhaps the beginning of one */
export function readLog(said: string): Told {
  const told = { out: "", err: "", other: "" };
  for (const line of said.split(/(?<=\n)/)) {
    if (!line.startsWith('{"level":')) told.other += line;
    else if (line.endsWith("\n")) {
      const entry = JSON.parse(line);
      told[entry.level === "info" || entry.level === "debug" ? "out" : "err"] += textOf(entry);
    }
  }
  return told;
}

function textOf({ msg, detail }: { msg: string; detail?: string }): string {
  const lines = detail === undefined ? [] : detail.split("\n").map((line) => `    ${line}`);
  return `${[msg, ...lines].join("\n")}\n`;
}
