-- Ends a look at a batch: how far its results are moved, and when to look again.
-- Answers kept, or gone: nothing of it is kept any more.
local b = readBatch(batch)
if not b.status or b.status == 'deleted' then return 'gone' end
local seen = math.max(tonumber(upTo), tonumber(b.endsSunk or '0'))
redis.call('HSET', batch, BATCH.endsSunk, seen)
local again = now + pauseMs
if b.endedAtMs and seen >= tonumber(b.ends or '0') then
  again = now + math.max(1000, redis.call('PTTL', batch) + 1000)
end
redis.call('ZADD', keys.batchSinks, again, id)
return 'kept'
