-- Writes down how a lane is doing, once in a slot of time, whoever asks: of a lane at rest nothing new.
-- most: samples that are kept; keptMs: of a lane at rest
-- Answers 1 when it was written.
local slot, last = math.floor(now / slotMs), redis.call('LINDEX', history, -1)
local lastSlot, before = string.match(last or '', '^(%d+) (.*)$')
if lastSlot and tonumber(lastSlot) >= slot then return 0 end
local f, depth = readSampled(flow), redis.call('LLEN', load) + redis.call('LLEN', held)
local sample = table.concat({ depth, f.running or 0, f.accepted or 0, f.over or 0, f.pausedAtMs and 1 or 0 }, ' ')
if sample == before and depth == 0 then return 0 end
local isAtRest = depth == 0 and now - (f.arrivedSinceMs or 0) > tonumber(keptMs)
if not last and isAtRest and not f.pausedAtMs then return 0 end
-- It was at rest meanwhile, and nothing was written.
if lastSlot and tonumber(lastSlot) < slot - 1 and string.sub(before, 1, 2) == '0 ' then
  redis.call('RPUSH', history, (slot - 1) .. ' ' .. before)
end
redis.call('RPUSH', history, slot .. ' ' .. sample)
redis.call('LTRIM', history, -most, -1)
redis.call('PEXPIRE', history, keptMs)
return 1
