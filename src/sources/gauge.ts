import { every } from "brooklet";

const MIDDLE = 20;
let value = MIDDLE - 2;

/** A room that warms and cools: it drifts at random, and the further it is from the middle the more it is drawn back. */
export default every(2_000, () => {
  value += (Math.random() - 0.5) * 3 + (MIDDLE - value) * 0.1;
  return { value: Math.round(value * 10) / 10, unit: "°C" };
});
