-- Moves a replay on from the status that the courier has seen. problem: of one that failed, or ''. total: how many items
-- it has, where that is known now, or ''.
-- Answers 1 when it is there now, 0 when it is elsewhere or gone.
local r = readReplay(replay)
if r.status == to then return 1 end
if r.status ~= from then return 0 end
redis.call('HSET', replay, REPLAY.status, to)
if total ~= '' then redis.call('HSET', replay, REPLAY.items, total) end
if to ~= 'failed' then return 1 end
redis.call('HSET', replay, REPLAY.error, problem, REPLAY.endedAtMs, now)
redis.call('ZREM', work, id)
for _, key in ipairs({ replay, comparison, disagreements }) do redis.call('EXPIRE', key, r.retentionSeconds) end
return 1
