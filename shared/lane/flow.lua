-- A prelude: which runs of a lane there are, for scripts that begin and end some. A chunk counts as a job does.
-- Runs begin. The pace of ending leaves out the time in which nothing ran.
local function noteBegun(flow, count)
  if redis.call('HINCRBY', flow, FLOW.running, count) ~= count then return end
  local f = readIdle(flow)
  local since = f.endedSinceMs and f.endedSinceMs + now - (f.idleSinceMs or now) or now
  redis.call('HSET', flow, FLOW.endedSinceMs, since)
end
-- Runs are over, ended or handed back.
local function noteOver(flow, count)
  if redis.call('HINCRBY', flow, FLOW.running, -count) == 0 then redis.call('HSET', flow, FLOW.idleSinceMs, now) end
end
