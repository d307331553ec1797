import { always, redisAddress, redisChannel } from "brooklet";

/** What any program PUBLISHes to this channel. Always, since Redis keeps nothing for the page that is opened later. */
export default redisAddress() ? always(redisChannel("bigboxcode")) : null;
