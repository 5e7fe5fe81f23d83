-- Ends a run: what it has goes back, at no cost. Answers the lanes that need a shift.
redis.call('ZREM', runs, run)
local lanes = giveBack(redis.call('HKEYS', taken), run)
redis.call('UNLINK', taken)
return lanes
