-- Ends a look at a batch: how far its results are moved, and when to look again.
-- KEYS 1 batch, 2 sinks
-- ARGV 1 id, 2 ends of chunks that were looked at, 3 ms until to look again while it runs
-- Answers kept, or gone: nothing of it is kept any more
local batch = KEYS[1]
local b = redis.call('HMGET', batch, 's', 'sq', 'sk', 'ea')
if not b[1] or b[1] == 'deleted' then return 'gone' end
local seen = math.max(tonumber(ARGV[2]), tonumber(b[3] or '0'))
redis.call('HSET', batch, 'sk', seen)
local again = now + ARGV[3]
if b[4] and seen >= tonumber(b[2] or '0') then
  again = now + math.max(1000, redis.call('PTTL', batch) + 1000)
end
redis.call('ZADD', KEYS[2], again, ARGV[1])
return 'kept'
