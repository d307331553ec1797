const BETWEEN = "\n\n";

/**
 * Why a topic is stale, as the log keeps it: a sentence for everybody, and in development what the author has to mend. The log may
 * be served to visitors later, and they are shown the sentence alone.
 */
export const staleReason = (sentence: string, mistake?: string) =>
  mistake === undefined ? sentence : `${sentence}${BETWEEN}${mistake}`;

export const forVisitors = (reason: string) => reason.split(BETWEEN, 1)[0]!;

/** What the author has to mend; where that is not known, the sentence. */
export const forAuthor = (reason: string) => reason.split(BETWEEN)[1] ?? reason;
