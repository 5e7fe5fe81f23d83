-- Lengthens the lease of a run. What it took in a turn that was answered, and does not hold, goes back: its worker
-- never heard of it. Behind give-back.lua and what that stands behind.
-- answered: number of the last turn before which all were
-- Answers `fenced`, or the lanes that need a shift.
redis.call('HDEL', taken, '-')
if not redis.call('ZSCORE', runs, run) then return 'fenced' end
redis.call('ZADD', runs, now + leaseMs, run)
local isHeld, loose = {}, {}
for _, name in ipairs(held) do isHeld[name] = true end
local all = redis.call('HGETALL', taken)
for i = 1, #all, 2 do
  if not isHeld[all[i]] and tonumber(all[i + 1]) <= tonumber(answered) then loose[#loose + 1] = all[i] end
end
return giveBack(loose, run)
