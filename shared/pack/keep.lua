-- Keeps a result that its own POST could not take along: the pack is not taken, or has not been.
-- Answers 1 when there is such a job.
local key = seatOf(pack, ownPack, index, tenant)
if not key then return 0 end
local r = readPack(key)
if not r.isTaken then return 1 end
redis.call('HDEL', key, PACK.isTaken)
local ttl = redis.call('TTL', key)
-- It has none while its jobs are open, or one that has moved out of it.
if ttl < 0 then return 1 end
local kept = math.ceil((r.endedAtMs - now) / 1000) + r.retentionSeconds
-- For a pending delivery it is kept longer already.
if kept > ttl then keepRecord(key, kept) end
return 1
