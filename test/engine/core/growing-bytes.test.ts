import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GrowingBytes } from "../../../src/engine/core/growing-bytes.ts";

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

const MIB = 1024 * 1024;

test("bytes are the same in whatever pieces they come", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 })), (pieces) => {
      const bytes = new GrowingBytes();
      for (const piece of pieces) bytes.add(piece);
      expect(bytes.bytes).toEqual(Buffer.concat(pieces));
      expect(bytes.length).toBe(bytes.bytes.length);
    }),
  );
});

test("a million pieces of one byte take a few million bytes", () => {
  const used = () => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const bytes = new GrowingBytes();
  for (let i = 0; i < MIB; i++) bytes.add(Buffer.from("x"));
  expect(used() - before).toBeLessThan(8 * MIB);
  expect(bytes.length).toBe(MIB);
});
