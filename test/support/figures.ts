import { expect } from "vitest";

/** What /metrics says on this port, by series: each line must be as Prometheus' text format has it. */
export async function scrape(port: number): Promise<Map<string, number>> {
  return figuresIn(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
}

export function figuresIn(text: string): Map<string, number> {
  const figures = new Map<string, number>();
  const described = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const [, name] = /^# (?:HELP|TYPE) (\w+) \S/.exec(line) ?? [];
    if (name !== undefined) described.add(name);
    else if (line !== "") {
      const [, series, value] = /^(\w+(?:\{(?:\w+="[^"\\\n]*",?)+\})?) (\S+)$/.exec(line) ?? [];
      expect(described, line).toContain(series?.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, ""));
      expect(Number(value), line).not.toBeNaN();
      figures.set(series!, Number(value));
    }
  }
  return figures;
}
