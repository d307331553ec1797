/** Two decimals: a hundredth of a percent is less than a pixel, and what is drawn again is the same text. */
export function rounded(value: number): number {
  const number = Math.round(value * 100) / 100;
  return number === 0 ? 0 : number; // never -0
}

/** The whole of a chart is 100 wide and 100 high, and stretched to its place: its lines are as thick as the style sheet says. */
export const STRETCHED = 'viewBox="0 0 100 100" preserveAspectRatio="none"';

/**
 * What makes a path move, or jump, whenever another does: the steps of that one, all of no length. A browser moves a path to where it
 * is to be only where it has as many steps of the same kind as before, as a line has not that grows; its dots are to stay with it.
 * @param path as d3-shape writes it
 */
export function stepsOf(path: string): string {
  return path.replace(/([A-Z])[^A-Z]*/g, (_, step: string) => (step === "Z" ? "z" : `${step.toLowerCase()}0,0`));
}
