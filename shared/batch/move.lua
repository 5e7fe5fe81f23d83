-- Behind deliver-end.lua.
-- Begins what is done to a whole batch: close, cancel, expire, retry, erase. A sweep does the rest.
-- KEYS 1 batch, 2 listing, 3 work, 4 done, 5 news, 6 sinks
-- ARGV 1 id, 2 move, 3 ms until the courier must look if nobody sweeps, 4 prefix of tenants,
--      5 most unfinished batches of a tenant, 6 seconds a tombstone is kept, 7 problem of an expired batch,
--      8 attempt that is retried, 9 prefix of the endpoints of tenants, 10 token of this retry: the same token twice is the same one
-- Answers done, missing, or why not: empty, closed, ended, not_ended, never_closed, not_retryable, tenant_full, early
local r = redis.call('HMGET', KEYS[1], 's', 'n', 'ok', 't', 'l', 'wb', 'at', 'cl', 'so', 'rt')
local status, move = r[1], ARGV[2]
if not status then
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 'missing'
end
if status == 'deleted' then return move == 'erase' and 'done' or 'missing' end
local ended = status == 'completed' or status == 'canceled' or status == 'expired' or status == 'failed'
-- Whether its progress or results are to be told while it runs.
local function announce()
  local wants = { string.match(redis.call('HGET', KEYS[1], 'wh') or '', '^%S+ (%S+)') }
  for _, value in ipairs(redis.call('HVALS', ARGV[9] .. r[4])) do
    wants[#wants + 1] = string.match(value, '^%S+')
  end
  if string.find(table.concat(wants), '[PR]') then redis.call('ZADD', KEYS[5], now, ARGV[1]) end
end
-- Its results leave Redis for a folder when it has more items than may stay.
local function sink()
  if not r[9] or tonumber(r[2]) <= tonumber(r[9]) then return end
  redis.call('HSETNX', KEYS[1], 'sk', 0)
  redis.call('ZADD', KEYS[6], now, ARGV[1])
end
local function sweep(kind)
  redis.call('HSET', KEYS[1], 'wk', kind, 'wp', 0)
  redis.call('ZADD', KEYS[3], now + ARGV[3], ARGV[1])
end
if move == 'close' then
  if status ~= 'validating' then return r[8] and 'done' or 'closed' end
  if r[2] == '0' then return 'empty' end
  redis.call('HSET', KEYS[1], 's', 'in_progress', 'cl', now)
  sweep('launch')
  announce()
  sink()
elseif move == 'cancel' or move == 'expire' then
  if status == 'canceling' or status == (move == 'cancel' and 'canceled' or 'expired') then return 'done' end
  if ended then return 'ended' end
  if move == 'expire' then
    local windowMs = string.match(r[5], '^%d+')
    if now < r[6] + windowMs then return 'early' end
    redis.call('HSET', KEYS[1], 'e', ARGV[7])
  end
  redis.call('HSET', KEYS[1], 's', 'canceling', 'to', move == 'cancel' and 'canceled' or 'expired')
  sweep(move)
elseif move == 'retry' then
  if r[7] == tostring(ARGV[8] + 1) and r[10] == ARGV[10] then return 'done' end
  if not ended then return 'not_ended' end
  if not r[8] then return 'never_closed' end
  if r[2] == (r[3] or '0') or (r[7] or '1') ~= ARGV[8] then return 'not_retryable' end
  local tenant = ARGV[4] .. r[4]
  if tonumber(redis.call('HGET', tenant, 'batches') or '0') >= tonumber(ARGV[5]) then return 'tenant_full' end
  redis.call('HINCRBY', tenant, 'batches', 1)
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[4])
  redis.call('HDEL', KEYS[1], 'e', 'ea', 'sa')
  redis.call('HSET', KEYS[1], 's', 'in_progress', 'cl', now, 'wb', now, 'at', ARGV[8] + 1, 'rt', ARGV[10])
  sweep('retry')
  announce()
  sink()
else
  if not ended then return 'not_ended' end
  redis.call('HSET', KEYS[1], 's', 'deleted')
  redis.call('HDEL', KEYS[1], 'p', 'd', 'e', 'wh', 'ea', 'dp')
  redis.call('EXPIRE', KEYS[1], ARGV[6])
  for _, delivery in ipairs(redis.call('SMEMBERS', KEYS[1] .. ':ev')) do
    endDelivery(keys.delivery .. delivery, delivery, 'resource_deleted')
  end
  redis.call('UNLINK', KEYS[4], KEYS[1] .. ':ev')
  redis.call('ZREM', KEYS[5], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  if redis.call('HEXISTS', KEYS[1], 'sk') == 1 then redis.call('ZADD', KEYS[6], now, ARGV[1]) end
  sweep('erase')
end
return 'done'
