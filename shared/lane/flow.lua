-- A prelude: which runs of a lane there are, for scripts that begin and end some. A chunk counts as a job does.
-- Since when the pace of ending is measured, where runs begin and there were none: it leaves out the time between.
local function paceSince(f)
  return f.endedSinceMs and f.endedSinceMs + now - (f.idleSinceMs or now) or now
end
-- Runs begin.
local function noteBegun(flow, count)
  if redis.call('HINCRBY', flow, FLOW.running, count) ~= count then return end
  redis.call('HSET', flow, FLOW.endedSinceMs, paceSince(readIdle(flow)))
end
-- Runs are over, ended or handed back.
local function noteOver(flow, count)
  if redis.call('HINCRBY', flow, FLOW.running, -count) == 0 then redis.call('HSET', flow, FLOW.idleSinceMs, now) end
end
