import { KEY_LIFE } from "./key.ts";
import type { Draft } from "./record.ts";
import { ENTRIES, LOG, PREFIX, RedisScript } from "./redis-script.ts";

/**
 * How many entries the stream holds. It only has to reach back as far as a node's reader may fall behind: ten seconds of
 * a thousand a second, by when a lost link is mended. Beyond it all that the node shows is read afresh, as after a restart.
 */
const MAX_ENTRIES = 10_000;

/** What a draft is in the script's arguments, and an entry in the stream: op, topic, item, retain, body. */
export function argumentsOf(draft: Draft): string[] {
  const { op, topic } = draft;
  if (op === "publish") {
    const item = draft.item === undefined ? "" : `=${draft.item}`;
    return [op, topic, item, String(draft.retain), draft.json.text];
  }
  return [op, topic, op === "remove" ? `=${draft.item}` : "", "", op === "stale" ? draft.reason : ""];
}

/**
 * Appends all or none: the id that its publisher knows the log by, the key, the lease and the place in the order are all
 * looked at in the step that writes. It folds each draft into its topic's record as `fold` in record.ts does, kept so that
 * one change costs the same however much a topic holds:
 *
 *     topic:<topic>   hash    seq, disturbed, ended, stale ("<since> <reason>", or "")
 *     values:<topic>  hash    by key: "<born> <seq> <at>\n<evicted, as JSON>\n<the JSON, as it was published>"
 *     births:<topic>  zset    the keys, by birth
 *     blank           zset    topics that tell a fresh page nothing, by their last change: a day later they are forgotten
 *     key:<name>      string  "<seq> <at> <fingerprint>"
 *     lease:<name>    string  the token of whoever holds it
 *
 * Arguments: the log's id, the time or "", key, fingerprint, lease, token, whether it is refused unless its key has an
 * answer ("" if not), and five of each draft.
 * Answers: `ok` and the seq, or `log`, `lease`, `mismatch`, `refused`, where nothing was appended.
 */
export const append = new RedisScript(`
#!lua
local prefix, blanks, day = '${PREFIX}', '${PREFIX}blank', ${KEY_LIFE}
local id, head, forgotten = unpack(redis.call('HMGET', '${LOG}', 'id', 'head', 'forgotten'))
local key, fingerprint, lease, token, refused = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if id ~= ARGV[1] then return { 'log' } end
head, forgotten = tonumber(head), forgotten or '0'

local time = redis.call('TIME')
local now = ARGV[2] ~= '' and tonumber(ARGV[2]) or time[1] * 1000 + math.floor(time[2] / 1000)
-- Lua would write a large number as 1e+15.
local function text(number) return string.format('%.0f', number) end
local at = text(now)

if key ~= '' then
  local answer = redis.call('GET', prefix .. 'key:' .. key)
  if answer then
    local seq, since, known = string.match(answer, '^(%d+) (%d+) (.*)$')
    if now - since < day then
      if known == fingerprint then return { 'ok', seq } end
      return { 'mismatch' }
    end
  end
end
if refused ~= '' then return { 'refused' } end
if lease ~= '' and redis.call('GET', prefix .. 'lease:' .. lease) ~= token then return { 'lease' } end

for _, topic in ipairs(redis.call('ZRANGEBYSCORE', blanks, '-inf', text(now - day), 'LIMIT', 0, 66)) do
  local seq = redis.call('HGET', prefix .. 'topic:' .. topic, 'seq') or '0'
  if tonumber(seq) > tonumber(forgotten) then forgotten = seq end
  redis.call('DEL', prefix .. 'topic:' .. topic)
  redis.call('ZREM', blanks, topic)
end

-- Returns whether a value was born.
local function put(values, births, seq, item, retain, data)
  local name = item ~= '' and item or seq
  local old = redis.call('HGET', values, name)
  local born, evicted = seq, '[]'
  if old then
    born, evicted = string.match(old, '^(%d+) %d+ %d+\\n([^\\n]*)\\n')
  else
    local size = redis.call('ZCARD', births)
    if size >= retain and size > 0 then
      local gone = redis.call('ZRANGE', births, 0, size - retain)
      redis.call('ZREMRANGEBYRANK', births, 0, size - retain)
      for _, one in ipairs(gone) do redis.call('HDEL', values, one) end
      evicted = cjson.encode(gone)
    end
    redis.call('ZADD', births, seq, name)
  end
  redis.call('HSET', values, name, born .. ' ' .. seq .. ' ' .. at .. '\\n' .. evicted .. '\\n' .. data)
  return not old
end

local function fold(seq, op, topic, item, retain, body)
  local meta, values, births = prefix .. 'topic:' .. topic, prefix .. 'values:' .. topic, prefix .. 'births:' .. topic
  local shown, disturbed, ended, stale = unpack(redis.call('HMGET', meta, 'seq', 'disturbed', 'ended', 'stale'))
  shown, disturbed, ended, stale = shown or forgotten, disturbed or forgotten, ended or '0', stale or ''
  local undisturbed = false
  if op == 'publish' then
    local born = put(values, births, seq, item, tonumber(retain), body)
    undisturbed = born and stale == ''
    ended, stale = '0', ''
  elseif op == 'remove' then
    if redis.call('HDEL', values, item) == 0 then return end
    redis.call('ZREM', births, item)
  elseif op == 'clear' then
    redis.call('DEL', values, births)
    ended, stale = '0', ''
  elseif op == 'end' then
    ended = seq
  else
    stale = at .. ' ' .. body
  end
  if op ~= 'end' then shown = seq end
  if op ~= 'end' and not undisturbed then disturbed = seq end
  redis.call('HSET', meta, 'seq', shown, 'disturbed', disturbed, 'ended', ended, 'stale', stale)
  if ended == '0' and stale == '' and redis.call('ZCARD', births) == 0 then
    redis.call('ZADD', blanks, at, topic)
  else
    redis.call('ZREM', blanks, topic)
  end
end

for i = 8, #ARGV, 5 do
  local op, topic, item, retain, body = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  head = head + 1
  local seq = text(head)
  fold(seq, op, topic, item, retain, body)
  redis.call('XADD', '${ENTRIES}', 'MAXLEN', '~', ${MAX_ENTRIES}, seq .. '-0',
    'log', id, 'at', at, 'op', op, 'topic', topic, 'item', item, 'retain', retain, 'body', body)
end
local seq = text(head)
redis.call('HSET', '${LOG}', 'head', seq, 'forgotten', forgotten)
if key ~= '' then
  redis.call('SET', prefix .. 'key:' .. key, seq .. ' ' .. at .. ' ' .. fingerprint, 'PX', day)
end
return { 'ok', seq }
`);
