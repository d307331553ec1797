import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { Liveness } from "../../../src/engine/delivery/liveness.ts";
import type { Subscriber } from "../../../src/engine/delivery/subscriber.ts";

const ASK_MS = 15_000;
const price = parseTopic("price");
const feed = parseTopic("feed");

let liveness: Liveness;
beforeEach(() => {
  vi.useFakeTimers();
  liveness = new Liveness("abcdefgh", ASK_MS);
});
afterEach(() => {
  liveness.stop();
  vi.useRealTimers();
});

/** A page that shows these topics. It answers as long as it is `there`. */
function page(...topics: (typeof price)[]) {
  const id = liveness.newId();
  const made = {
    id,
    asked: 0,
    there: true,
    isFull: false,
    isOpen: true,
    drains: 0,
    group: { topics },
    sendIfCaughtUp() {
      if (made.isFull) return false;
      made.asked++;
      if (made.there) liveness.answered(id);
      return true;
    },
    end() {
      made.isOpen = false;
      liveness.delete(id);
    },
  };
  liveness.add(id, made as unknown as Subscriber);
  return made;
}

const pass = (intervals: number) => vi.advanceTimersByTime(intervals * ASK_MS);

describe("whether a page is still there", () => {
  test("is asked once in an interval of those alone that show what is counted, and of nobody while nobody counts", () => {
    const [one, other] = [page(price, feed), page(feed)];
    pass(10);
    expect(one.asked).toBe(0);
    liveness.askThoseWith(new Set([price]));
    pass(10);
    expect(one.asked).toBe(10);
    expect(other.asked).toBe(0);
    liveness.askThoseWith(new Set());
    pass(10);
    expect(one.asked).toBe(10);
    expect([one.isOpen, other.isOpen]).toEqual([true, true]);
  });

  test("is known within two intervals: who does not answer is ended", () => {
    const [here, gone] = [page(price), page(price)];
    liveness.askThoseWith(new Set([price]));
    pass(3);
    gone.there = false;
    pass(2.1);
    expect(gone.isOpen).toBe(false);
    expect(here.isOpen).toBe(true);
  });

  test("is not asked of all pages at once", () => {
    const pages = Array.from({ length: 150 }, () => page(price));
    liveness.askThoseWith(new Set([price]));
    pass(1 / 15);
    const first = pages.filter(({ asked }) => asked > 0).length;
    expect(first).toBeLessThan(100);
    pass(1);
    expect(pages.every(({ asked }) => asked > 0)).toBe(true);
  });

  test("is seen of one whose socket is full by its taking bytes again, and then it is asked", () => {
    const [slow, stopped] = [page(price), page(price)];
    slow.isFull = stopped.isFull = true;
    liveness.askThoseWith(new Set([price]));
    for (let i = 0; i < 60; i++) {
      pass(1 / 15);
      slow.drains++;
    }
    expect([slow.isOpen, slow.asked]).toEqual([true, 0]);
    expect(stopped.isOpen).toBe(false);
    Object.assign(slow, { isFull: false, there: false, drains: slow.drains + 1 });
    pass(1 / 15);
    expect(slow.asked).toBe(1);
    // A proxy in between may take bytes for ever.
    for (let i = 0; i < 20; i++) {
      pass(1 / 15);
      slow.drains++;
    }
    expect(slow.isOpen).toBe(false);
  });

  test("is answered with the page's own id only", () => {
    const gone = page(price);
    gone.there = false;
    liveness.askThoseWith(new Set([price]));
    for (let i = 0; i < 45; i++) {
      pass(1 / 15);
      for (const id of ["", gone.id.slice(0, -1), gone.id.toLowerCase(), liveness.newId()]) liveness.answered(id);
    }
    expect(gone.isOpen).toBe(false);
  });
});
