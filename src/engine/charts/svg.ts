/** Two decimals: a hundredth of a percent is less than a pixel, and what is drawn again is the same text. */
export function rounded(value: number): number {
  const number = Math.round(value * 100) / 100;
  return number === 0 ? 0 : number; // never -0
}

/** The whole of a chart is 100 wide and 100 high, and stretched to its place: its lines are as thick as the style sheet says. */
export const STRETCHED = 'viewBox="0 0 100 100" preserveAspectRatio="none"';
