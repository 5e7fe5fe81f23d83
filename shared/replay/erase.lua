-- Erases a replay, and leaves a tombstone.
redis.call('UNLINK', comparison, disagreements)
redis.call('ZREM', work, id)
redis.call('ZREM', listing, id)
if not readReplay(replay).status then return 0 end
redis.call('DEL', replay)
redis.call('HSET', replay, REPLAY.status, 'deleted', REPLAY.tenant, tenant)
redis.call('EXPIRE', replay, tombstoneSeconds)
return 1
