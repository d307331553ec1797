import type { CallPart } from "./completion-chunk.ts";
import type { ToolCall } from "./model.ts";

/** What is kept of them: of more, and of what is longer, nothing is shown. */
const MAX_CALLS = 16;
const MAX_NAME_CHARACTERS = 128;
const MAX_INPUT_CHARACTERS = 4_000;

/** The tools that a model asks for in one answer, as they come: part by part, and those of several in between each other. */
export class Calls {
  readonly #calls = new Map<number, { name: string; input: string }>();

  add({ index, name, input }: CallPart): void {
    const call = this.#calls.get(index) ?? { name: "", input: "" };
    if (!this.#calls.has(index) && this.#calls.size === MAX_CALLS) return;
    call.name = (call.name + name).slice(0, MAX_NAME_CHARACTERS);
    call.input = (call.input + input).slice(0, MAX_INPUT_CHARACTERS);
    this.#calls.set(index, call);
  }

  get all(): ToolCall[] {
    return Array.from(this.#calls.values(), ({ name, input }) => ({ kind: "call", name, input: indented(input) }));
  }
}

/** JSON, if that is what it is, in lines; as it came where these would be many times as long: each level of it is indented further. */
function indented(input: string): string {
  try {
    const lines = JSON.stringify(JSON.parse(input), null, 2);
    return lines.length > 2 * MAX_INPUT_CHARACTERS ? input : lines;
  } catch {
    return input;
  }
}
