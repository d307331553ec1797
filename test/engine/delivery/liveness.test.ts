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

/** A group of those who show these topics. @param together whether it prefers to be told all at once */
function group(topics: readonly (typeof price)[], together = false) {
  const caughtUp = new Set<{ tell(): void }>();
  return {
    topics,
    caughtUp,
    encoding: { prefersAll: together },
    tell(pages: Iterable<{ tell(): void }>) {
      for (const told of pages) if (caughtUp.has(told)) told.tell();
    },
  };
}

/** A page that shows these topics, of a group of its own. It answers as long as it is `there`. */
function page(...topics: (typeof price)[]) {
  return pageOf(group(topics));
}

function pageOf(ofGroup: ReturnType<typeof group>) {
  const id = liveness.newId();
  const made = {
    id,
    asked: 0,
    there: true,
    isOpen: true,
    drains: 0,
    group: ofGroup,
    set isFull(is: boolean) {
      if (is) ofGroup.caughtUp.delete(made);
      else ofGroup.caughtUp.add(made);
    },
    tell() {
      made.asked++;
      if (made.there) liveness.answered(id);
    },
    end() {
      made.isOpen = false;
      liveness.delete(id);
    },
  };
  made.isFull = false;
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

  test("is asked at once of those who are sent the same compressed bytes, be there one that owes an answer", () => {
    const together = group([price], true);
    const pages = Array.from({ length: 20 }, () => pageOf(together));
    liveness.askThoseWith(new Set([price]));
    const told = () => pages.map(({ asked }) => asked);
    for (let tick = 0; told()[0] === 0 && tick < 15; tick++) pass(1 / 15);
    expect(told()).toEqual(pages.map(() => 1));
    // It was behind, and is asked out of its turn.
    const slow = pages[0]!;
    slow.isFull = true;
    pass(1);
    slow.isFull = slow.there = false;
    slow.drains++;
    pass(1 / 15);
    expect(told()).toEqual([2, ...pages.slice(1).map(() => 2)]);
    pass(13 / 15);
    expect(slow.isOpen).toBe(true);
    pass(1 / 15);
    expect(told()).toEqual(pages.map(() => 3));
    pass(1 / 15);
    expect(slow.isOpen).toBe(false);
    expect(pages.slice(1).every(({ isOpen }) => isOpen)).toBe(true);
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
