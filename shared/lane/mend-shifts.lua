-- Sees to it that a shift waits while packs are ready, and that none is believed to wait when there is none. Forgets
-- shifts whose workers died: nobody renews their locks. In a paused lane nothing is to be taken.
-- begin: of BullMQ's keys of the lane
-- Answers 1 when a shift is to be added.
local ids, locks = redis.call('LRANGE', active, 0, -1), {}
for i, id in ipairs(ids) do locks[i] = begin .. id .. ':lock' end
if #ids > 0 and redis.call('EXISTS', unpack(locks)) < #ids then
  for i, id in ipairs(ids) do
    if redis.call('EXISTS', locks[i]) == 0 then
      redis.call('LREM', active, 1, id)
      redis.call('UNLINK', begin .. id)
    end
  end
end
-- Without its marker nobody hears of what waits: a worker that stands still, or is gone, took that and nothing else.
local isReady = redis.call('EXISTS', ready) == 1 and redis.call('HEXISTS', flow, FLOW.pausedAtMs) == 0
if redis.call('EXISTS', waiting) == 1 and not (isReady and redis.call('EXISTS', marker) == 0) then return 0 end
if not isReady then
  redis.call('HDEL', flow, FLOW.armed)
  return 0
end
redis.call('HSET', flow, FLOW.armed, 1)
return 1
