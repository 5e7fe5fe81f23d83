-- Finds whose time has come. Answers { now, members }.
return { now, redis.call('ZRANGEBYSCORE', due, '-inf', now - sinceMs, 'LIMIT', 0, most) }
