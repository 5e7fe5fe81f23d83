-- Ends the pause of a lane. Behind pause-of.lua and wake.lua.
-- Answers { since when it was paused, or '', whether it refused, 1 when it needs a shift }.
local f = readState(flow)
-- Sent again after a lost reply: whoever armed the lane may not have learnt that it did.
if not f.pausedAtMs then return { '', '', f.armed == '1' and 1 or 0 } end
redis.call('HDEL', flow, FLOW.pausedAtMs, FLOW.refuses, FLOW.armed)
redis.call('HSET', flow, FLOW.stoodMs, (f.stoodMs or 0) + now - f.pausedAtMs)
if redis.call('EXISTS', held) == 1 then redis.call('RENAME', held, load) end
local arm = redis.call('EXISTS', ready) == 1 and wake(lane) or 0
return { f.pausedAtMs, f.refuses or '', arm }
