import { describe, expect, test } from "vitest";
import { parseTopic, type Topic } from "../../../../src/engine/core/topic.ts";
import { Allowance } from "../../../../src/engine/http/request/allowance.ts";
import { thrown } from "../../../support/views.ts";

const topic = (n: number) => parseTopic(`random/${n}`);

/** An allowance of two, which counts only what runs, and what runs. */
function allowanceOf(graceMs = -1) {
  const running = new Set<Topic>();
  const allowance = new Allowance({ most: 2, running: (topic) => running.has(topic), graceMs });
  const admit = (n: number, address = "203.0.113.1") => {
    allowance.admit(address, topic(n));
    running.add(topic(n));
  };
  return { admit, running, allowance };
}

describe("an address", () => {
  test("may have so many topics of families running, and one more is 429 with a time to wait", () => {
    const { admit } = allowanceOf();
    admit(1);
    admit(2);
    expect(thrown(() => admit(3))).toMatchObject({
      status: 429,
      code: "topics_too_many",
      headers: { "Retry-After": "15" },
    });
  });

  test("may come back to what it has, as often as it likes", () => {
    const { admit } = allowanceOf();
    for (const n of [1, 2, 1, 2, 2]) admit(n);
    expect(thrown(() => admit(3))).toMatchObject({ status: 429 });
  });

  test("may have another once one has stopped", () => {
    const { admit, running } = allowanceOf();
    admit(1);
    admit(2);
    running.delete(topic(1));
    admit(3);
    expect(thrown(() => admit(1))).toMatchObject({ status: 429 });
  });

  test("is not held up by what others have", () => {
    const { admit } = allowanceOf();
    admit(1);
    admit(2);
    admit(3, "203.0.113.2");
    admit(4, "203.0.113.2");
    expect(thrown(() => admit(5, "203.0.113.2"))).toMatchObject({ status: 429 });
  });

  test("counts what it has asked for before its source has started", () => {
    const { allowance } = allowanceOf(60_000);
    allowance.admit("203.0.113.1", topic(1));
    allowance.admit("203.0.113.1", topic(2));
    expect(thrown(() => allowance.admit("203.0.113.1", topic(3)))).toMatchObject({ status: 429 });
  });

  test("may have any number of topics that everybody shares", () => {
    const { admit, allowance } = allowanceOf();
    admit(1);
    admit(2);
    for (const name of ["price", "clock", "random"]) allowance.admit("203.0.113.1", parseTopic(name));
    expect(thrown(() => admit(3))).toMatchObject({ status: 429 });
  });

  test.each([
    ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2"],
    ["2001:0db8::1", "2001:db8:0:0:1::"],
    ["::1:2", "::3"],
    ["fe80::1%eth0", "fe80::2"],
  ])("of IPv6 is one with its neighbours: %s and %s", (one, other) => {
    const { admit } = allowanceOf();
    admit(1, one);
    admit(2, other);
    expect(thrown(() => admit(3, one))).toMatchObject({ status: 429 });
  });

  test("of another IPv6 network is another", () => {
    const { admit } = allowanceOf();
    admit(1, "2001:db8:0:1::1");
    admit(2, "2001:db8:0:1::1");
    admit(3, "2001:db8:0:2::1");
    expect(thrown(() => admit(4, "2001:db8:0:1::1"))).toMatchObject({ status: 429 });
  });
});
