-- Ends a job that is open, whether or not a worker has it. Behind settle.lua and seat.lua.
-- ending: the letter; problem: JSON
-- Answers ended, late when it had ended before, or missing.
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key then return 'missing' end
if letter ~= 'W' then return 'late' end
-- The first write of a script is refused at maxmemory, unless it frees.
redis.call('HDEL', key, SEAT.ending .. at)
endJobs({ name = string.match(key, ':pack:(.*)$'), p = readPack(key), first = at, letters = ending,
  sizes = tostring(#problem), bodies = problem, metrics = '', isOwn = true })
return 'ended'
