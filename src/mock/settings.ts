import { decimal, wholeNumber } from "../engine/config/values.ts";
import type { Variables } from "../engine/config/variables.ts";
import type { MockSettings } from "./mock.ts";
import { MAX_PACE, PACE } from "./pace.ts";

/** @returns undefined where MOCK is off; what is wrong is told by {@link Variables.check} all the same */
export function readMockSettings(variables: Variables): Partial<MockSettings> | undefined {
  const settings = {
    ttftMs: variables.read(
      "MOCK_TTFT_MS",
      PACE.ttftMs,
      "Write milliseconds, at most 60000, such as MOCK_TTFT_MS=300.",
      wholeNumber(MAX_PACE.ttftMs),
    ),
    tokensPerSecond: variables.read(
      "MOCK_TOKENS_PER_SECOND",
      PACE.tokensPerSecond,
      "Write a number from 1 to 10000, such as MOCK_TOKENS_PER_SECOND=50.",
      decimal(1, MAX_PACE.tokensPerSecond),
    ),
    jitter: variables.read(
      "MOCK_JITTER",
      PACE.jitter,
      "Write a number from 0 to 1, such as MOCK_JITTER=0.3.",
      decimal(0, MAX_PACE.jitter),
    ),
    seed: variables.read<number | undefined>(
      "MOCK_SEED",
      undefined,
      "Write a whole number of at most nine digits, such as MOCK_SEED=7.",
      wholeNumber(999_999_999),
    ),
  };
  // It is a tool to develop with, and works for whoever asks.
  return variables.isOn("MOCK", !variables.production) ? settings : undefined;
}
