-- A prelude, behind pause-of.lua: has a worker hear of what is ready in a lane. The one that found it empty last, and had room, is told at
-- once, by a message; only when there is none is a shift needed, which the caller adds.
--
-- tellAttendant(lane, worker)  whether it is listening
-- wake(lane)                   for whoever leaves packs ready. Answers 1 when the lane needs a shift. One that is
--                              paused wakes nobody
local function tellAttendant(lane, worker)
  return worker and worker ~= '' and redis.call('PUBLISH', keys.wakes .. worker, lane) > 0
end
local function wake(lane)
  if pauseOf(lane).pausedAtMs then return 0 end
  local flow = keys.flowPrefix .. lane
  local f = readWaking(flow)
  if f.armed == '1' then return 0 end
  redis.call('HSET', flow, WAKING.armed, 1, WAKING.attendant, '')
  return tellAttendant(lane, f.attendant) and 0 or 1
end
