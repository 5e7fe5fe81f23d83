-- Ends a job that is open, whether or not a worker has it. Behind settle.lua and seat.lua.
-- ending: the letter; problem: JSON; attempt: the last that its caller knew of, or ''. What was retried since goes on:
-- a cancel that is sent again after a lost reply may come behind that
-- Answers ended, late when it had ended before, or missing.
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key then return 'missing' end
if letter ~= 'W' then return 'late' end
local p = readPack(key)
if attempt ~= '' and tonumber(p.firstAttempt or '1') > tonumber(attempt) then return 'late' end
-- The first write of a script is refused at maxmemory, unless it frees.
redis.call('HDEL', key, SEAT.ending .. at)
endJobs({ name = string.match(key, ':pack:(.*)$'), p = p, first = at, letters = ending,
  sizes = tostring(#problem), bodies = problem, metrics = '', isOwn = true })
return 'ended'
