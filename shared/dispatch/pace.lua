-- A prelude: how fast a lane gets on, for scripts that end runs.
-- Pace of ending, in windows of two seconds in which jobs ran, and the smoothed time from fetch to end.
-- What is canceled while it waits tells nothing of the pace.
local function notePace(flow, now, count, runMs)
  local r = redis.call('HMGET', flow, 'et', 'ec', 'er', 'run')
  local since, ends, rate, run = tonumber(r[1] or now), tonumber(r[2] or '0') + count, r[3] or '', r[4] or ''
  if now - since >= 2000 then
    local seen = ends * 1000 / (now - since)
    if rate ~= '' then seen = (tonumber(rate) + seen) / 2 end
    since, ends, rate = now, 0, string.format('%.3f', seen)
  end
  local mean = runMs / count
  if run ~= '' then mean = tonumber(run) * 0.9 + mean * 0.1 end
  redis.call('HSET', flow, 'et', since, 'ec', ends, 'er', rate, 'run', string.format('%.1f', mean))
end
