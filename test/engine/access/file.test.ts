import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { authorize, backFrom, type Denied, deny, logInAddress } from "../../../src/engine/access/authorize.ts";
import { loadAuthorize } from "../../../src/engine/access/file.ts";

const folder = () => mkdtempSync(join(tmpdir(), "brooklet-authorize-"));
/** Loads a file that holds this. */
function load(text: string, ending = ".js") {
  const dir = folder();
  writeFileSync(join(dir, `authorize${ending}`), text);
  return loadAuthorize(join(dir, "authorize"));
}

test("the hook is there if its file is, as it is written or as it is built", async () => {
  expect(await loadAuthorize(join(folder(), "authorize"))).toBeUndefined();
  const text = "export default { decide: () => ({ name: 'Ada' }) };";
  for (const ending of [".js", ".ts"]) {
    const hook = await load(text, ending);
    expect(hook?.decide({ request: {} as never })).toEqual({ name: "Ada" });
  }
});

test.each([
  ["export const decide = () => {};", "src/authorize.js: it exports no hook. Write: export default authorize("],
  [
    "export default () => ({ name: 'anybody' });",
    "src/authorize.js: it exports no hook. Write: export default authorize(",
  ],
  ["throw new Error('no users');", "src/authorize.js:1: no users"],
  [
    "import 'none-such';",
    "src/authorize.js:1: the package “none-such” is not there. Install it: npm install none-such",
  ],
])("a file that gives no hook, as %j, keeps the server from starting", async (text, message) => {
  await expect(load(text)).rejects.toThrow(message);
});

test("what is no function is refused when the file is loaded", () => {
  expect(() => authorize({ page: true } as never)).toThrow("Write authorize(({ request, page, action, topic }) => …)");
});

const denied = (...given: Parameters<typeof deny>): Denied => {
  try {
    return deny(...given);
  } catch (error) {
    return error as Denied;
  }
};

test("deny() refuses whether or not its author returns it, and leads to log in at this server only", () => {
  expect(denied()).toMatchObject({ status: 403, code: "denied", logIn: undefined });
  expect(denied("For staff.")).toMatchObject({ status: 403, message: "For staff." });
  expect(denied({ logIn: "/log-in" })).toMatchObject({ status: 401, code: "log_in", logIn: "/log-in" });
  for (const logIn of ["https://evil.example/", "//evil.example", "log-in"]) {
    expect(denied({ logIn })).toMatchObject({ message: expect.stringContaining("leads to a path of this server") });
  }
});

test("the way back is a path of this server, whatever a link says", () => {
  expect(logInAddress("/log-in", "/board?day=1")).toBe("/log-in?back=%2Fboard%3Fday%3D1");
  expect(logInAddress("/log-in?as=staff#form", "/board")).toBe("/log-in?as=staff&back=%2Fboard#form");
  expect(backFrom(logInAddress("/log-in", "/board?day=1"))).toBe("/board?day=1");
  for (const back of ["//evil.example", "https://evil.example", "/\\evil.example", "", "evil"]) {
    expect(backFrom(`/log-in?back=${encodeURIComponent(back)}`)).toBe("/");
    expect(logInAddress("/log-in", back)).toBe("/log-in");
  }
  expect(backFrom("/log-in")).toBe("/");
});
