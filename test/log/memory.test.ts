import { MemoryLog } from "../../src/log/memory.ts";
import { logContract } from "./contract.ts";

logContract("memory", async () => new MemoryLog());
