import { LIMITS } from "../../core/limits.ts";
import { itemKey } from "../../core/region.ts";
import { BLANK_QUEUE, boundsOf, FAMILY_BOUNDS, KEYS_QUEUE, PRESSES_QUEUE, queueOf } from "../bounds.ts";
import { PRESS_KEY } from "../idempotency-key.ts";
import type { Expectation } from "../log.ts";
import type { Draft } from "../record.ts";
import { ENTRIES, LOG, PREFIX, RedisScript } from "./script.ts";

/**
 * How many entries the stream holds. It has to reach back only as far as a node may fall behind while its connection is lost:
 * ten seconds at a thousand entries a second. A node that is further behind reads all that it shows anew, as after a restart.
 */
const MAX_ENTRIES = 10_000;

/**
 * A draft as arguments of the script: op, topic, item, retain, body, queue and place. An entry of the stream has the same
 * fields. Of a "stale" `retain` is its quietMs; the body of a "touch" that confirms is "confirms".
 */
export function argumentsOf(draft: Draft): string[] {
  const { op, topic } = draft;
  if (op === "publish") {
    const { bounds, checkpoint: place = "" } = draft;
    const item = draft.item === undefined ? "" : itemKey(draft.item);
    const queue = bounds === undefined ? "" : (queueOf(topic, bounds) ?? "");
    return [op, topic, item, String(draft.retain), draft.json.text, queue, place];
  }
  if (op === "touch") return [op, topic, "", "", draft.confirms ? "confirms" : "", "", draft.checkpoint ?? ""];
  if (op === "stale") return [op, topic, "", String(draft.quietMs ?? ""), draft.reason, "", ""];
  return [op, topic, op === "remove" ? itemKey(draft.item) : "", "", "", "", ""];
}

/** What is expected, as arguments of the script: topic, item, versions. */
export function expectedBy(expect: Expectation | undefined): string[] {
  if (expect === undefined) return ["", "", ""];
  const { topic, item, versions } = expect;
  return [topic, item === undefined ? "" : itemKey(item), versions === "any" ? "any" : ` ${versions.join(" ")} `];
}

/**
 * Appends all or none, or sweeps. Everything is looked at in this one step: whether the log still has the id that the node
 * knows, the key's answer, the lease, what is expected, and the next seq. It applies each draft to its topic's record as `fold`
 * in record.ts does, with a cost that does not depend on how much the topic holds, and removes what is too much as
 * transaction.ts does. What it keeps (`disturbed` is called `lastRewrite` in record.ts, `changed` `lastValueChange`, `place`
 * `checkpoint`, and `born` `createdSeq`):
 *
 *     topic:<topic>   hash    seq, disturbed, changed, ended, stale ("<since> <reason>", or ""), queue, place; and what older
 *                             versions do not write: confirmed (`confirmedAt`), quiet (the notice's quietMs, or ""), eased
 *                             (the seq at which a notice was taken away while the values stayed)
 *     values:<topic>  hash    by key: "<born> <seq> <at>\n<evicted, as JSON>\n<the JSON, as it was published>"
 *     births:<topic>  zset    the keys, ordered by born
 *     key:<name>      string  "<seq> <at> <fingerprint>"
 *     lease:<name>    string  the token of the holder
 *     queue:<queue>   zset    the names that are in an expiry queue (bounds.ts), by their last change
 *     queues          set     the queues that hold anything, or did at the last sweep
 *
 * Arguments: the log's id, the time or "", key, fingerprint, lease, token, whether the append is refused unless its key has an
 * answer ("" if not), three of what is expected, how many a sweep may remove ("" for an append), and seven for each draft.
 * Answers: `ok` and the seq, or how many were removed; or, where nothing was done, `log` (it has another id), `lease`,
 * `mismatch`, `refused`, or `changed` and the present version.
 */
const script = `
local prefix, day = '${PREFIX}', ${LIMITS.keyMs}
local BLANK, KEYS_QUEUE, PRESSES_QUEUE = '${BLANK_QUEUE}', '${KEYS_QUEUE}', '${PRESSES_QUEUE}'
local own = {
  [BLANK] = { ${boundsOf(BLANK_QUEUE).maxAgeMs}, ${boundsOf(BLANK_QUEUE).maxCount} },
  [KEYS_QUEUE] = { ${boundsOf(KEYS_QUEUE).maxAgeMs}, ${boundsOf(KEYS_QUEUE).maxCount} },
  [PRESSES_QUEUE] = { ${boundsOf(PRESSES_QUEUE).maxAgeMs}, ${boundsOf(PRESSES_QUEUE).maxCount} },
}
local id, head, forgotten = unpack(redis.call('HMGET', '${LOG}', 'id', 'head', 'forgotten'))
local key, fingerprint, lease, token, refused = unpack(ARGV, 3, 7)
local expected, expectedItem, versions, sweep = unpack(ARGV, 8, 11)
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

-- Where no notice stands, the last change that shows is the last of the values, also where a node of an older version made it;
-- unless all that it did was to take a notice away.
local function lastChange(shown, changed, stale, eased)
  return stale == '' and shown ~= eased and shown or changed or shown
end

if expected ~= '' then
  local present = '0'
  if expectedItem ~= '' then
    local value = redis.call('HGET', prefix .. 'values:' .. expected, expectedItem)
    present = value and string.match(value, '^%d+ (%d+)') or '0'
  elseif redis.call('EXISTS', prefix .. 'births:' .. expected) == 1 then
    present = lastChange(unpack(redis.call('HMGET', prefix .. 'topic:' .. expected, 'seq', 'changed', 'stale', 'eased')))
  end
  local version, stands = id .. '-' .. present, present ~= '0'
  if versions ~= 'any' then stands = string.find(versions, ' ' .. version .. ' ', 1, true) end
  if not stands then return { 'changed', version } end
end

local function bounds(queue)
  if own[queue] then return unpack(own[queue]) end
  local life, most = string.match(queue, '^%S+ (%d+) (%d+)$')
  return tonumber(life), tonumber(most)
end

local grown = {}
local function join(queue, name)
  redis.call('ZADD', prefix .. 'queue:' .. queue, at, name)
  redis.call('SADD', prefix .. 'queues', queue)
  grown[queue] = true
end
local function leave(queue, name)
  redis.call('ZREM', prefix .. 'queue:' .. queue, name)
end

-- An older version that has published since has not kept it.
local function confirmedAt(topic, confirmed)
  local newest = redis.call('ZRANGE', prefix .. 'births:' .. topic, -1, -1)[1]
  local value = newest and redis.call('HGET', prefix .. 'values:' .. topic, newest)
  local published = value and string.match(value, '^%d+ %d+ (%d+)') or '0'
  return tonumber(published) > tonumber(confirmed or '0') and published or confirmed or '0'
end

-- An older version leaves it as it was, whatever it says, or says no more.
local function quietOf(stale, quiet) return string.match(stale, '^%d+ $') and quiet or '' end

-- As overdueAt in record.ts.
local function overdue(topic, quietMs)
  local ended, stale, quiet, confirmed =
    unpack(redis.call('HMGET', prefix .. 'topic:' .. topic, 'ended', 'stale', 'quiet', 'confirmed'))
  if ended ~= '0' or redis.call('ZCARD', prefix .. 'births:' .. topic) == 0 then return false end
  if stale ~= '' and (tonumber(quietOf(stale, quiet)) or math.huge) >= tonumber(quietMs) then return false end
  return now >= tonumber(confirmedAt(topic, confirmed)) + tonumber(quietMs)
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

local function fold(seq, op, topic, item, retain, body, queue, place)
  local meta, values, births = prefix .. 'topic:' .. topic, prefix .. 'values:' .. topic, prefix .. 'births:' .. topic
  local shown, disturbed, changed, ended, stale, stood, quietBefore, confirmed, easedBefore =
    unpack(redis.call('HMGET', meta, 'seq', 'disturbed', 'changed', 'ended', 'stale', 'queue', 'quiet', 'confirmed', 'eased'))
  local family = string.match(topic, '^([^/]*)/')
  if queue == '' then queue = stood or family and family .. ' ${FAMILY_BOUNDS.maxAgeMs} ${FAMILY_BOUNDS.maxCount}' end
  shown, disturbed, ended, stale = shown or forgotten, disturbed or forgotten, ended or '0', stale or ''
  changed = lastChange(shown, changed, stale, easedBefore)
  confirmed = confirmed or '0'
  local quiet, eased = quietOf(stale, quietBefore), easedBefore or ''
  local noticed, undisturbed = stale ~= '', false
  if op == 'publish' then
    local born = put(values, births, seq, item, tonumber(retain), body)
    undisturbed = born and stale == ''
    ended, stale, quiet, confirmed = '0', '', '', at
  elseif op == 'remove' then
    if redis.call('HDEL', values, item) == 0 then return end
    redis.call('ZREM', births, item)
  elseif op == 'clear' then
    redis.call('DEL', values, births)
    ended, stale, quiet = '0', '', ''
  elseif op == 'end' then
    ended = seq
    if quiet ~= '' then stale, quiet = '', '' end
  elseif op == 'touch' then
    local blank = ended == '0' and stale == '' and redis.call('ZCARD', births) == 0
    if blank and place == '' then return end
    if body == 'confirms' and not blank then stale, quiet, confirmed = '', '', at end
  elseif retain ~= '' then
    stale, quiet = confirmedAt(topic, confirmed) .. ' ', retain
  else
    stale, quiet = at .. ' ' .. body, ''
  end
  local eases = noticed and stale == '' and (op == 'end' or op == 'touch')
  if eases then eased = seq end
  if eases or op ~= 'end' and op ~= 'touch' then
    shown = seq
    if op ~= 'stale' and not eases then changed = seq end
    if not undisturbed then disturbed = seq end
  end
  redis.call('HSET', meta, 'seq', shown, 'disturbed', disturbed, 'changed', changed, 'ended', ended, 'stale', stale,
    'confirmed', confirmed)
  -- Few topics ever have these.
  if quiet ~= (quietBefore or '') then redis.call('HSET', meta, 'quiet', quiet) end
  if eased ~= (easedBefore or '') then redis.call('HSET', meta, 'eased', eased) end
  if queue then redis.call('HSET', meta, 'queue', queue) end
  if place ~= '' then redis.call('HSET', meta, 'place', place) end
  if stood and stood ~= queue then leave(stood, topic) end
  if ended == '0' and stale == '' and redis.call('ZCARD', births) == 0 then
    if queue then leave(queue, topic) end
    join(BLANK, topic)
  else
    leave(BLANK, topic)
    if queue then join(queue, topic) end
  end
end

local function append(op, topic, item, retain, body, queue, place)
  if op == 'stale' and retain ~= '' and not overdue(topic, retain) then return end
  head = head + 1
  local seq = text(head)
  fold(seq, op, topic, item, retain, body, queue, place)
  redis.call('XADD', '${ENTRIES}', 'MAXLEN', '~', ${MAX_ENTRIES}, seq .. '-0',
    'log', id, 'at', at, 'op', op, 'topic', topic, 'item', item, 'retain', retain, 'body', body, 'place', place)
end

local function letGo(queue, name)
  if queue == KEYS_QUEUE or queue == PRESSES_QUEUE then
    redis.call('DEL', prefix .. 'key:' .. name)
    leave(queue, name)
  elseif queue == BLANK then
    local seq = redis.call('HGET', prefix .. 'topic:' .. name, 'seq') or '0'
    if tonumber(seq) > tonumber(forgotten) then forgotten = seq end
    redis.call('DEL', prefix .. 'topic:' .. name)
    leave(queue, name)
  else
    append('clear', name, '', '', '', '', '')
  end
end

local answer
if sweep ~= '' then
  local gone = 0
  for _, queue in ipairs(redis.call('SMEMBERS', prefix .. 'queues')) do
    local place, life = prefix .. 'queue:' .. queue, bounds(queue)
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', place, '-inf', text(now - life), 'LIMIT', 0, sweep - gone)) do
      letGo(queue, name)
      gone = gone + 1
    end
    if redis.call('EXISTS', place) == 0 then redis.call('SREM', prefix .. 'queues', queue) end
  end
  answer = text(gone)
else
  for i = 12, #ARGV, 7 do append(unpack(ARGV, i, i + 6)) end
  answer = text(head)
end
if key ~= '' then
  redis.call('SET', prefix .. 'key:' .. key, answer .. ' ' .. at .. ' ' .. fingerprint, 'PX', day)
  join(string.sub(key, 1, ${PRESS_KEY.length}) == '${PRESS_KEY}' and PRESSES_QUEUE or KEYS_QUEUE, key)
end

-- Where a queue holds too many, the oldest go. Topics that are emptied by this join the queue BLANK, so that one comes last.
local full = {}
for queue in pairs(grown) do if queue ~= BLANK then full[#full + 1] = queue end end
full[#full + 1] = BLANK
for _, queue in ipairs(full) do
  local place, _, most = prefix .. 'queue:' .. queue, bounds(queue)
  local surplus = redis.call('ZCARD', place) - most
  if surplus > 0 then
    for _, name in ipairs(redis.call('ZRANGE', place, 0, surplus - 1)) do letGo(queue, name) end
  end
end
redis.call('HSET', '${LOG}', 'head', text(head), 'forgotten', forgotten)
return { 'ok', answer }
`;

export const appendScript = new RedisScript(`#!lua\n${script}`);
/** Allowed even where Redis has no memory left, since it frees some. */
export const sweepScript = new RedisScript(`#!lua flags=allow-oom\n${script}`);
