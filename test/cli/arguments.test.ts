import { describe, expect, test } from "vitest";
import { type Command, callOf, Misuse } from "../../src/cli/arguments.ts";

const command = (name: string, takes: string, most: number): Command => {
  return { name, takes, most, does: name, help: name, run: async () => undefined };
};
const [dev, start] = [command("dev", "[folder]", 1), command("start", "[folder]", 1)];
const call = (...args: string[]) => callOf(args, [dev, start]);

describe("brooklet", () => {
  test("runs a command with the words that follow it", () => {
    expect(call("dev")).toEqual({ wants: "run", command: dev, words: [] });
    expect(call("start", "my-pages")).toEqual({ wants: "run", command: start, words: ["my-pages"] });
  });

  test("tells what there is where nothing is asked for, and more of a command on whichever way one asks", () => {
    expect(call()).toEqual({ wants: "help" });
    expect(call("--help")).toEqual({ wants: "help" });
    expect(call("help")).toEqual({ wants: "help" });
    for (const args of [
      ["help", "dev"],
      ["dev", "--help"],
      ["dev", "-h"],
      ["-h", "dev"],
    ]) {
      expect(call(...args), args.join(" ")).toEqual({ wants: "help", command: dev });
    }
  });

  test("tells its version", () => {
    expect(call("--version")).toEqual({ wants: "version" });
    expect(call("-v")).toEqual({ wants: "version" });
  });

  test.each([
    [["strat"], "brooklet has no command “strat”. Did you mean “start”?"],
    [["help", "dve"], "brooklet has no command “dve”. Did you mean “dev”?"],
    [["deploy"], "brooklet has no command “deploy”. It has dev, start and help."],
    [["--vresion"], "--vresion is not an option of brooklet. Did you mean “--version”?"],
    [["dev", "--open"], "--open is not an option of brooklet. brooklet help tells what there is."],
    [["dev", "--port", "3001"], "--port is not an option of brooklet. Settings are variables: PORT=3001 brooklet dev"],
    [["start", "-p", "3001"], "-p is not an option of brooklet. Settings are variables: PORT=3001 brooklet start"],
    [["--port", "4000"], "--port is not an option of brooklet. Settings are variables: PORT=4000 brooklet dev"],
    [["--port=4000", "start"], "--port is not an option of brooklet. Settings are variables: PORT=4000 brooklet start"],
    [["dev", "--port"], "--port is not an option of brooklet. Settings are variables: PORT=3001 brooklet dev"],
    [["dev", "a", "b"], "“b” is too much. Write: brooklet dev [folder]"],
  ])("refuses %j, and says what was meant", (args, mend) => {
    expect(() => call(...args)).toThrow(new Misuse(mend));
  });
});
