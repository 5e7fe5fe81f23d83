-- A prelude for scripts that end jobs and chunks: what a lane has in hand, and its throughput.
--
-- noteEnds(flow, e)  e.over: how many are not outstanding any more; e.bytes: of their payloads; e.ran: how many of them
--                    a worker had, and e.runMs: for how long altogether
-- Throughput is counted in windows of two seconds in which jobs ran, the time from take to end is smoothed. What is
-- canceled while it waits counts for neither.
local function paceOf(f, e)
  local since, ended, rate = tonumber(f.endedSinceMs or now), tonumber(f.ended or '0') + e.ran, f.endRate or ''
  if now - since >= 2000 then
    local seen = ended * 1000 / (now - since)
    if rate ~= '' then seen = (tonumber(rate) + seen) / 2 end
    since, ended, rate = now, 0, string.format('%.3f', seen)
  end
  local mean, before = e.runMs / e.ran, f.runMs or ''
  if before ~= '' then mean = tonumber(before) * 0.9 + mean * 0.1 end
  return since, ended, rate, string.format('%.1f', mean)
end
local function noteEnds(flow, e)
  local f = readPace(flow)
  local fields = { PACE.bytes, tonumber(f.bytes or 0) - e.bytes, PACE.over, tonumber(f.over or 0) + e.over }
  if e.ran > 0 then
    local running = tonumber(f.running or 0) - e.ran
    local since, ended, rate, mean = paceOf(f, e)
    for _, value in ipairs({ PACE.running, running, PACE.idleSinceMs, running == 0 and now or f.idleSinceMs or now,
      PACE.endedSinceMs, since, PACE.ended, ended, PACE.endRate, rate, PACE.runMs, mean }) do
      fields[#fields + 1] = value
    end
  end
  redis.call('HSET', flow, unpack(fields))
end
