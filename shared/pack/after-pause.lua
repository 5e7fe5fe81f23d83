-- Has packs looked at again whose time to start stood still, when their lane goes on. Behind pause-of.lua.
-- Answers how many were.
if redis.call('EXISTS', still) == 0 or pauseOf(lane).pausedAtMs then return 0 end
local found, fields = redis.call('ZPOPMIN', still, most), {}
for i = 1, #found, 2 do
  fields[#fields + 1] = now
  fields[#fields + 1] = found[i]
end
redis.call('ZADD', keys.due, 'XX', 'LT', unpack(fields))
return #found / 2
