-- Queues a job that ended badly once more, as its next attempt. What it ended with goes to its history.
-- Behind recent.lua.
-- KEYS 1 outstanding, 2 load, 3 undispatched, 4 lanes, 5 flow, 6 due, 7 record, 8 recent
-- ARGV 1 id, 2 attempt that ended, 3 lane name, 4 mark of its dispatch, 5 prefix of tenants,
--      6 most outstanding in the lane, 7 most bytes in it, 8 most outstanding of the tenant, 9 most bytes of it,
--      10 token of this retry: the same token twice is the same one
-- Answers accepted, missing, not_retryable, input_lost, queue_full, tenant_full
local key = KEYS[7]
local r = redis.call('HMGET', key, 's', 'a', 'qa', 't', 'b', 'l', 'e', 'ea', 'h', 'sa', 'ab', 'x', 'rt')
if not r[1] or r[1] == 'deleted' then return 'missing' end
-- Sent again after a lost reply: whatever has become of the attempt since, this made it.
if r[11] == tostring(ARGV[2] + 1) and r[13] == ARGV[10] then return 'accepted' end
if (r[1] ~= 'failed' and r[1] ~= 'expired' and r[1] ~= 'canceled') or r[2] ~= ARGV[2] then return 'not_retryable' end
local size, tenant = tonumber(r[5]), ARGV[5] .. r[4]
local t = redis.call('HMGET', tenant, 'jobs', 'bytes')
local bytes = tonumber(redis.call('HGET', KEYS[5], 'bytes') or '0')
local outstanding = redis.call('ZCARD', KEYS[1])
if outstanding >= tonumber(ARGV[6]) or bytes + size > tonumber(ARGV[7]) then return 'queue_full' end
if tonumber(t[1] or '0') >= tonumber(ARGV[8]) or tonumber(t[2] or '0') + size > tonumber(ARGV[9]) then
  return 'tenant_full'
end
if redis.call('HEXISTS', key, 'i') == 0 and redis.call('PERSIST', key .. ':in') == 0
  and redis.call('EXISTS', key .. ':in') == 0 then
  return 'input_lost'
end
local ended = '{"attempt":' .. r[2] .. ',"status":"' .. r[1] .. '","started_at_ms":' .. (r[10] or 'null')
  .. ',"completed_at_ms":' .. r[8] .. ',"error":' .. r[7] .. ',"metrics":' .. (r[12] or 'null') .. '}'
redis.call('PERSIST', key)
redis.call('PERSIST', key .. ':ev')
redis.call('HDEL', key, 'e', 'x', 'ea', 'sa', 'q', 'g', 'lw')
redis.call('HSET', key, 's', 'queued', 'a', r[2] + 1, 'ab', r[2] + 1, 'qa', now, 'rt', ARGV[10],
  'h', (r[9] and r[9] .. ',' or '') .. ended)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('RPUSH', KEYS[2], '1')
noteRecent(KEYS[8])
local startMs, totalMs = string.match(r[6], '(%d+) %d+ (%d+)')
redis.call('ZADD', KEYS[6], now + math.min(startMs, totalMs), ARGV[1])
redis.call('SADD', KEYS[4], ARGV[3])
redis.call('ZADD', KEYS[3], now, ARGV[4])
redis.call('HINCRBY', tenant, 'jobs', 1)
redis.call('HINCRBY', tenant, 'bytes', size)
redis.call('HINCRBY', KEYS[5], 'bytes', size)
return 'accepted'
