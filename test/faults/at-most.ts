/**
 * What is asserted of a promised time, in its unit: machines are slow at times, and shared. A proof prints the figure itself
 * beside the promise.
 */
export function atMost(promised: number): number {
  return 3 * promised;
}
