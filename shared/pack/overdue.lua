-- Ends what is open of a pack whose deadline to start, or in all, has passed. That of an attempt is its worker's to
-- keep: it runs only while that lives. While a lane is paused the time to start stands still; a pack that would have
-- had to start meanwhile is looked at again when the lane goes on (`after-pause.lua`). Behind settle.lua.
-- startProblem, totalProblem: JSON, one of which each of them ends with
-- Answers { start, total or '', how many ended }.
local t = readTimes(pack)
-- Who ends the last of a pack takes its entry out; only a record that somebody removed leaves one behind.
local first, last = string.find(t.states or '', 'W.*W')
if not first then
  first = string.find(t.states or '', 'W', 1, true)
  last = first
end
if not first then
  redis.call('ZREM', due, name)
  return { '', 0 }
end
local queued = t.queuedAtMs or t.createdAtMs
local isHeld = not t.startedAtMs and pauseOf(t.lane).pausedAtMs
local startMs, totalMs = queued + t.startMs + stoodMs(t.lane) - (t.stoodMs or 0), queued + t.totalMs
local passed = now >= totalMs and 'total' or (not t.startedAtMs and not isHeld and now >= startMs and 'start') or ''
if passed == '' then
  redis.call('ZADD', due, 'XX', (t.startedAtMs or isHeld) and totalMs or math.min(startMs, totalMs), name)
  if isHeld then
    local still = keys.stillPrefix .. t.lane
    redis.call('ZADD', still, totalMs, name)
    redis.call('ZREMRANGEBYSCORE', still, '-inf', now)
  end
  return { '', 0 }
end
redis.call('HDEL', pack, SEAT.ending .. (first - 1))
local problem = passed == 'total' and totalProblem or startProblem
return { passed, endAlike(name, readPack(pack), first - 1, last - 1, 'X', problem) }
