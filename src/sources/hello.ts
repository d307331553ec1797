import { every } from "brooklet";

let idx = 0;

/** Another box every three seconds. */
export default every(3_000, () => ({ idx: ++idx }));
