import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMock } from "../../src/mock/mock.ts";
import { start, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start({ mock: createMock({ ttftMs: 0, tokensPerSecond: 100_000 }) });
});
afterAll(() => server.close());

const model = () =>
  createOpenAICompatible({ name: "mock", baseURL: `${server.url}/v1`, apiKey: "any", includeUsage: true })("gpt-4o");

const weather = tool({
  description: "The weather of a city",
  inputSchema: jsonSchema<{ city: string }>({ type: "object", properties: { city: { type: "string" } } }),
  execute: async ({ city }) => `rain in ${city}`,
});

describe("the ai SDK with its OpenAI-compatible provider", () => {
  test("streams a text, and learns why it ended and what it used", async () => {
    const result = streamText({ model: model(), prompt: "/unicode" });
    let text = "";
    for await (const part of result.textStream) text += part;
    expect(text).toContain("👨‍👩‍👧‍👦");
    expect(await result.finishReason).toBe("stop");
    const usage = await result.usage;
    expect(usage.outputTokens).toBeGreaterThan(100);
    expect(usage.totalTokens).toBe(usage.inputTokens! + usage.outputTokens!);
  });

  test("gets a text whole", async () => {
    const { text, finishReason } = await generateText({ model: model(), prompt: "/table" });
    expect(text).toContain("| Rhine | 1,233 | 2,900 | the North Sea |");
    expect(finishReason).toBe("stop");
  });

  test.each([
    [
      "streamed",
      async (asked: Parameters<typeof generateText>[0]) => streamText(asked as Parameters<typeof streamText>[0]),
    ],
    ["whole", async (asked: Parameters<typeof generateText>[0]) => generateText(asked)],
  ])("calls its tool and answers with what the tool said, %s", async (_, ask) => {
    const result = await ask({ model: model(), prompt: "/tool Oslo", tools: { weather }, stopWhen: stepCountIs(2) });
    const steps = await result.steps;
    expect(steps[0]!.toolCalls).toMatchObject([{ toolName: "weather", input: { city: "Oslo" } }]);
    expect(steps[0]!.finishReason).toBe("tool-calls");
    expect(await result.text).toContain("> rain in Oslo");
  });

  test("tells its caller of an error with its status", async () => {
    const failed = generateText({ model: model(), prompt: "/error 503", maxRetries: 0 });
    await expect(failed).rejects.toMatchObject({ statusCode: 503, isRetryable: true });
  });

  test("tells its caller that the connection was lost", async () => {
    const { textStream } = streamText({ model: model(), prompt: "/cut", maxRetries: 0, onError: () => {} });
    const read = async () => {
      for await (const part of textStream) expect(part).not.toContain("boat");
    };
    await expect(read()).rejects.toMatchObject({ name: "AI_APICallError" });
  });
});
