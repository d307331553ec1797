import { describe, expect, test } from "vitest";
import { startSite as start } from "../support/site.ts";

describe("the page says who answers:", () => {
  const page = async (answeredBy: "nobody" | "mock" | "model") => {
    const server = await start({ chat: { answeredBy } });
    return (await fetch(`${server.url}/chat`)).text().finally(() => server.close());
  };

  test("nobody, and then nothing can be asked", async () => {
    const html = await page("nobody");
    expect(html).toContain("This server has no model to ask.");
    expect(html).not.toMatch(/<textarea|What would you like to know/);
  });

  test("the mock, and what it understands", async () => {
    expect(await page("mock")).toMatch(
      /this server answers by itself[\s\S]*<button[^>]* value="\/help"[\s\S]*<textarea/,
    );
  });

  test("one of several models, which is chosen beside what is typed; of one there is nothing to choose", async () => {
    const server = await start({ chat: { answeredBy: "model", models: ["small", "<large>"] } });
    const html = await (await fetch(`${server.url}/chat`)).text().finally(() => server.close());
    expect(html).toMatch(
      /<select name="model" form="_say"[^>]*>\s*<option>small<\/option>\s*<option>&lt;large&gt;<\/option>/,
    );
    expect(await page("model")).not.toContain("<select");
  });

  test("a model, which knows nothing of the mock's commands", async () => {
    const html = await page("model");
    expect(html).toMatch(/What would you like to know[\s\S]*<textarea/);
    expect(html).not.toMatch(/answers by itself|\/help/);
  });
});
