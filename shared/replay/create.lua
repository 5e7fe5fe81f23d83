-- Makes a replay, which the courier looks at from now on.
if redis.call('EXISTS', replay) == 1 then return 1 end
redis.call('HSET', replay, REPLAY.createdAtMs, now, unpack(fields))
redis.call('EXPIRE', replay, boundSeconds)
redis.call('ZADD', listing, now, id)
redis.call('ZADD', work, now, id)
return 1
