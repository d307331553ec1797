import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HotSwap } from "../../../src/engine/views/hot-swap.ts";
import { FIXTURES, writeFiles } from "../../support/folders.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brooklet-hot-swap-"));
  cpSync(join(FIXTURES.views, "layout.eta"), join(dir, "views/layout.eta"));
  cpSync(FIXTURES.public, join(dir, "public"), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

const newSwap = () => new HotSwap({ views: join(dir, "views"), public: join(dir, "public") });
const newPages = () => ({ refresh: vi.fn(), notify: vi.fn() });
const newOnlooker = () => ({ swapped: vi.fn(), mistaken: vi.fn(() => true), outdated: vi.fn(), inUse: vi.fn() });

test("what is written after the templates were read, and before they are watched, is taken up", async () => {
  const current = newSwap();
  writeFiles(dir, { "views/widgets/clk.eta": "<b><%= data %></b>", "views/pages/now.eta": '<%~ live("clk") %>' });
  const pages = newPages();
  const stop = await current.start(pages, newOnlooker());
  stop();
  expect(current.views.paths.at("/now")).toBe("now");
  expect(current.views.widgets.has("clk")).toBe(true);
  expect(pages.refresh).toHaveBeenCalledWith(current.views);
});

test("of a mistake that is made meanwhile its author is told", async () => {
  const current = newSwap();
  writeFiles(dir, { "views/pages/now.eta": "<%= 1" });
  const [pages, onlooker] = [newPages(), newOnlooker()];
  const stop = await current.start(pages, onlooker);
  stop();
  expect(onlooker.mistaken).toHaveBeenCalledWith(expect.stringContaining("views/pages/now.eta:1"));
  expect(pages.notify).toHaveBeenCalledTimes(1);
});
