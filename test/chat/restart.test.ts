import { afterEach, beforeEach, expect, test } from "vitest";
import { secretSegment } from "../../src/topic.ts";
import { eventually } from "../support/browser.ts";
import { Program } from "../support/program.ts";

let program: Program;
let id: string;
beforeEach(async () => {
  program = new Program({});
  id = secretSegment();
  await program.start();
});
afterEach(() => program.dispose());

const headers = () => ({ cookie: `chat=${id}` });
const page = async () => (await fetch(`${program.origin}/chat`, { headers: headers() })).text();
const say = (text: string) =>
  fetch(`${program.origin}/chat`, {
    method: "POST",
    headers: { ...headers(), "hx-request": "true" },
    body: new URLSearchParams({ text }),
  });

/** What the page shows of the conversation once this is true of it. */
const once = (good: (html: string) => boolean, ms?: number) => eventually(page, good, ms);

const begin = async () => {
  expect((await say("/slow a long story, please")).status).toBe(200);
  await once((html) => /class="it open">\s*<p>\w/.test(html));
};

test("killed in the middle of an answer, it marks it as interrupted within two seconds of its next start", async () => {
  await begin();
  await program.stop("SIGKILL");
  await program.start();
  const html = await once((html) => html.includes("Interrupted"), 2_000);
  expect(html).toMatch(/class="it">\s*<p>\w/); // what there was of it
  expect(html).toContain(">Retry</button>");
  expect(html).not.toMatch(/ open"|Answering/);
  expect((await say("/fast again")).status).toBe(200);
  await once((html) => html.includes(">Send</button>") && !html.includes("Answering"));
});

test("told to go, it ends the answer as interrupted before it goes", async () => {
  await begin();
  await program.stop("SIGTERM");
  await program.start();
  const html = await page();
  expect(html).toContain("Interrupted");
  expect(html).not.toMatch(/ open"|Answering/);
  expect(program.complaints).toBe("");
});
