import { readers } from "brooklet";

/** How many pages show the feed now. */
export default readers("feed");
