-- Behind flow.lua.
-- Queues a chunk again whose worker was lost: its dispatch waits, and nobody has it.
-- KEYS 1 flow, 2 batch, 3 chunk, 4 lock of its dispatch
-- ARGV 1 attempt that the dispatch was made for
-- Answers 1 when it was
if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
local c = redis.call('HMGET', KEYS[3], 's', 'ab', 'n', 'ok')
if c[1] ~= 'r' or (c[2] or '1') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[3], 's', 'q', 'lw', 1)
redis.call('HDEL', KEYS[3], 'r')
redis.call('HINCRBY', KEYS[2], 'rn', (c[4] or 0) - c[3])
noteOver(KEYS[1], 1)
return 1
