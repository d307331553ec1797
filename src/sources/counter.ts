import { every } from "brooklet";

let count = 0;

/** Counts on for as long as the process lives, whoever comes and goes. */
export default every(2_000, () => ({ count: ++count }));
