import { readers } from "brooklet";

/** How many pages show the topic itself, whichever it is: `presence`, and each below it. */
export default ({ topic }: { topic: string }) => readers(topic);
