/** All that authors import: what sources, actions and their own log-ins are made of. Whatever else is under src may change with any version. */

export {
  type Authorize,
  type AuthorizeContext,
  type AuthorizeRequest,
  authorize,
  type Denial,
  deny,
} from "./engine/access/authorize.ts";
export {
  type Action,
  type ActionContext,
  type ActionPage,
  action,
  type CheckedAction,
  type FormFields,
} from "./engine/actions/action.ts";
export { type FieldReasons, refuse } from "./engine/actions/refuse.ts";
export type { Json } from "./engine/core/json.ts";
// All of it, since TypeScript adds to an interface of another module only where that is so.
export * from "./engine/core/typed-topics.ts";
export { wait } from "./engine/core/wait.ts";
export { always, every, type Source, type SourceContext } from "./engine/sources/every.ts";
export { type Poll, poll } from "./engine/sources/poll.ts";
export { type Readers, readers } from "./engine/sources/readers.ts";
export { type Redis, type RedisKey, redisAddress, redisChannel, redisKey } from "./engine/sources/redis.ts";
export { tail } from "./engine/sources/tail.ts";
