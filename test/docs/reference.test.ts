import { join } from "node:path";
import { expect, test } from "vitest";
import { reference } from "../../.build/reference/reference.ts";
import { ROOT } from "../support/folders.ts";

test("the reference is made of the code as it is, with a description of all of it; `npx vitest run test/docs -u` writes it", async () => {
  await expect(await reference()).toMatchFileSnapshot(join(ROOT, "src/docs/pages/reference.md"));
});
