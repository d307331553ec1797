import { every, type SourceContext } from "brooklet";

/** Each visitor's own values, one a second, from 0 to 100. */
export default (_: SourceContext) => every(1_000, () => ({ value: Math.round(Math.random() * 10_000) / 100 }));
