import { redisChannel } from "../redis-source.ts";
import { always } from "../source.ts";

/** What any program PUBLISHes to this channel. Always, since Redis keeps nothing for the page that is opened later. */
export default process.env.REDIS_URL ? always(redisChannel("bigboxcode")) : null;
