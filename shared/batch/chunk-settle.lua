-- Behind deliver.lua, end.lua, flow.lua and pace.lua.
-- Ends a chunk: its lines, its batch's counts, outstanding unit, load elements; and perhaps its batch.
-- KEYS 1 outstanding, 2 load, 3 flow, 4 batch, 5 chunk, 6 its items, 7 its lines, 8 done, 9 work
-- ARGV 1 batch id, 2 name of the chunk, 3 number of the chunk, 4 attempt, 5 lines,
--      6 items that succeeded, earlier attempts included, 7 prefix of tenants,
--      8 problem for a batch of which too many items failed
-- Answers settled, late, missing
local c = redis.call('HMGET', KEYS[5], 's', 'a', 'n', 'ok', 'z', 'sa')
local b = redis.call('HMGET', KEYS[4], 's', 't', 'l', 'ko', 'wb')
if not c[1] or not b[1] or b[1] == 'deleted' then
  local freed = redis.call('ZREM', KEYS[1], ARGV[2])
  if freed == 1 and c[3] then redis.call('LPOP', KEYS[2], c[3] - (c[4] or 0)) end
  return 'missing'
end
if (c[1] ~= 'q' and c[1] ~= 'r') or c[2] ~= ARGV[4] then return 'late' end
local items, before, after = tonumber(c[3]), tonumber(c[4] or '0'), tonumber(ARGV[6])
local left = items - before
if after == items then redis.call('UNLINK', KEYS[6]) end
redis.call('SET', KEYS[7], ARGV[5])
redis.call('HDEL', KEYS[5], 'r', 'sa', 'lw')
redis.call('HSET', KEYS[5], 's', 'e', 'ok', after)
if redis.call('ZREM', KEYS[1], ARGV[2]) == 1 then redis.call('LPOP', KEYS[2], left) end
redis.call('HINCRBY', KEYS[3], 'bytes', -c[5])
redis.call('HINCRBY', ARGV[7] .. b[2], 'bytes', -c[5])
if c[1] == 'r' then redis.call('HINCRBY', KEYS[4], 'rn', -left) end
redis.call('HINCRBY', KEYS[4], 'ok', after - before)
redis.call('HINCRBY', KEYS[4], 'ko', items - after)
redis.call('ZADD', KEYS[8], redis.call('HINCRBY', KEYS[4], 'sq', 1), ARGV[3])
-- The batch ends within its window and is kept from then on. This is the longest time to live that
-- the chunk can need; the sweep after the end sets the exact one.
local windowMs, kept, maxFailed = string.match(b[3], '^(%d+) (%d+) (%-?%d+)$')
local longest = math.max(0, math.ceil((b[5] + windowMs - now) / 1000)) + kept + 3600
for k = 5, 8 do redis.call('EXPIRE', KEYS[k], longest) end
if c[1] == 'r' then
  noteOver(KEYS[3], 1)
  notePace(KEYS[3], 1, now - (c[6] or now))
end
local failed = tonumber(b[4] or '0') + items - after
if b[1] == 'in_progress' and tonumber(maxFailed) >= 0 and failed > tonumber(maxFailed) then
  redis.call('HSET', KEYS[4], 's', 'canceling', 'to', 'failed', 'wk', 'cancel', 'wp', 0, 'e', ARGV[8])
  redis.call('ZADD', KEYS[9], now, ARGV[1])
end
if not endBatchIfDone(KEYS[4], ARGV[1]) then tellBatch(KEYS[4], ARGV[1], false) end
return 'settled'
