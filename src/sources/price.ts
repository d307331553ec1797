import { redisKey } from "../source/redis.ts";

/** `redis-cli SET current_price 102`. Where no Redis is set up, the price is what is published to it. */
export default process.env.REDIS_URL ? redisKey("current_price") : null;
