/** How quickly answers come. */
export interface Pace {
  /** Time to the first token. */
  readonly ttftMs: number;
  readonly tokensPerSecond: number;
  /** How uneven it is, from 0 to 1: in time, and in how many tokens come at once. */
  readonly jitter: number;
}

/** A model of middling speed on a good day. */
export const PACE: Pace = { ttftMs: 300, tokensPerSecond: 50, jitter: 0.3 };

/** The most that a request may ask for. */
export const MAX_PACE: Pace = { ttftMs: 60_000, tokensPerSecond: 10_000, jitter: 1 };
