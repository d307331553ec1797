import { afterEach, beforeEach, expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { closed, Guest } from "./guest.ts";

let program: Program;
let guest: Guest;
beforeEach(async () => {
  program = new Program({});
  await program.start();
  guest = await Guest.of(program);
});
afterEach(() => program.dispose());

test("killed in the middle of an answer, it marks it as interrupted within two seconds of its next start", async () => {
  await guest.begin(program);
  await program.stop("SIGKILL");
  await program.start();
  const html = await guest.sees(program, (html) => html.includes("Interrupted"), 2_000);
  expect(html).toSatisfy(closed);
  expect(html).toContain(">Retry</button>");
  expect((await guest.say(program, "/fast again")).status).toBe(200);
  await guest.sees(program, (html) => html.includes(">Send</button>") && !html.includes("Answering"));
});

test("told to go, it ends the answer as interrupted before it goes", async () => {
  await guest.begin(program);
  await program.stop("SIGTERM");
  await program.start();
  const html = await guest.page(program);
  expect(html).toContain("Interrupted");
  expect(html).toSatisfy(closed);
  expect(program.complaints).toBe("");
});
