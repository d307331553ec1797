/** What a browser would send after this answer: `visitor=…; visitor.sig=…`. */
export function cookiesOf(response: Response): string {
  const pairs = response.headers.getSetCookie().map((line) => line.split(";")[0]!);
  return pairs.filter((pair) => !pair.endsWith("=")).join("; "); // an empty one is one that goes
}
