/** Resolves after `ms`, or as soon as the signal is aborted. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

/**
 * What a promise comes to, where that takes no longer. What it comes to afterwards has no effect: whoever wants to know listens to
 * it, too.
 * @param late makes what is thrown where it takes longer
 */
export async function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    // A process that was held up for as long has its answer waiting in the socket: what is there is read before this is decided.
    timer = setTimeout(() => setImmediate(() => reject(late())), ms);
  });
  return Promise.race([promise, end]).finally(() => clearTimeout(timer));
}
