import { redisAddress, redisKey } from "brooklet";

/** `redis-cli SET current_price 102`. Where no Redis is set up, the price is what is published to it. */
export default redisAddress() ? redisKey("current_price") : null;
