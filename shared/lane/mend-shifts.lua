-- Sees to it that a shift waits while packs are ready, and that none is believed to wait when there is none.
-- Answers 1 when a shift is to be added.
local isReady = redis.call('EXISTS', ready) == 1
if redis.call('EXISTS', waiting) == 1 then return 0 end
if isReady then
  redis.call('HSET', flow, FLOW.armed, 1)
  return 1
end
redis.call('HDEL', flow, FLOW.armed)
return 0
