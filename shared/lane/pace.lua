-- A prelude for scripts that end runs: the throughput of a lane.
-- Pace of ending, in windows of two seconds in which jobs ran, and the smoothed time from fetch to end.
-- Jobs canceled while they wait do not count.
local function notePace(flow, count, runMs)
  local f = readPace(flow)
  local since, ended, rate = tonumber(f.endedSinceMs or now), tonumber(f.ended or '0') + count, f.endRate or ''
  if now - since >= 2000 then
    local seen = ended * 1000 / (now - since)
    if rate ~= '' then seen = (tonumber(rate) + seen) / 2 end
    since, ended, rate = now, 0, string.format('%.3f', seen)
  end
  local mean, before = runMs / count, f.runMs or ''
  if before ~= '' then mean = tonumber(before) * 0.9 + mean * 0.1 end
  redis.call('HSET', flow, PACE.endedSinceMs, since, PACE.ended, ended, PACE.endRate, rate,
    PACE.runMs, string.format('%.1f', mean))
end
