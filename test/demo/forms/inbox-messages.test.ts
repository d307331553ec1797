import { expect, test } from "vitest";
import type { Publication } from "../../../src/engine/broker/dry-run.ts";
import type { Json } from "../../../src/engine/core/json.ts";
import { JsonText } from "../../../src/engine/core/json.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { Inbox } from "../../../src/forms/inbox-messages.ts";

/** A broker that holds one value, and fails when it is told to. */
function held(value?: Json) {
  const broker = {
    value,
    fail: false,
    latest: async () => broker.value,
    publish: async ([publication]: readonly Publication[]) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (broker.fail) throw new Problem(503, "log_failed", "The log has failed.");
      broker.value = JsonText.of(publication!.data).value;
      return "c-1";
    },
  };
  return broker;
}
const subjects = ({ value }: { value?: Json | undefined }) =>
  (value as { messages: { subject: string }[] }).messages.map(({ subject }) => subject);

test("changes take turns, in the order in which they were asked for", async () => {
  const broker = held();
  const inbox = new Inbox(broker);
  await Promise.all(["1", "2", "3"].map((subject) => inbox.add("Ada", subject)));
  expect(subjects(broker)).toEqual(["3", "2", "1"]);
});

test("a change that fails says so to its own caller, and does not hold up the next", async () => {
  const broker = held();
  const inbox = new Inbox(broker);
  broker.fail = true;
  const failed = inbox.add("Ada", "lost");
  await expect(failed).rejects.toMatchObject({ code: "log_failed" });
  broker.fail = false;
  await inbox.add("Ada", "kept");
  expect(subjects(broker)).toEqual(["kept"]);
});

test.each([null, 5, "text", {}, { messages: "none" }, []])(
  "what is no inbox, %j, counts as an empty one",
  async (value) => {
    const broker = held(value as Json);
    await new Inbox(broker).add("Ada", "first");
    expect(subjects(broker)).toEqual(["first"]);
  },
);
