-- A prelude: which runs of a lane there are, for scripts that begin and end some. A chunk counts as a job does.
-- Runs begin. The pace of ending leaves out the time in which nothing ran.
local function noteBegun(flow, now, count)
  if redis.call('HINCRBY', flow, 'running', count) ~= count then return end
  local r = redis.call('HMGET', flow, 'et', 'ei')
  redis.call('HSET', flow, 'et', r[1] and r[1] + now - (r[2] or now) or now)
end
-- Runs are over, ended or handed back.
local function noteOver(flow, now, count)
  if redis.call('HINCRBY', flow, 'running', -count) == 0 then redis.call('HSET', flow, 'ei', now) end
end
