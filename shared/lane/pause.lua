-- Pauses a lane: nothing of it is taken any more, and its load list stands aside. Of one that is paused, says anew whether
-- it takes new work.
-- refuses: '1' when it takes none
-- Answers { since, when and whether it refused before, or '' }.
-- First, because it frees: a script that has written is not refused at maxmemory.
local f = readState(flow)
redis.call('HDEL', flow, FLOW.refuses)
if refuses == '1' then redis.call('HSET', flow, FLOW.refuses, 1) end
if f.pausedAtMs then return { f.pausedAtMs, f.pausedAtMs, f.refuses or '' } end
redis.call('HSET', flow, FLOW.pausedAtMs, now)
redis.call('SADD', keys.lanes, lane)
if redis.call('EXISTS', load) == 1 then redis.call('RENAME', load, held) end
return { now, '', '' }
