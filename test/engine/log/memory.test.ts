import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { logContract } from "./contract.ts";

logContract("memory", async () => new MemoryLog());
