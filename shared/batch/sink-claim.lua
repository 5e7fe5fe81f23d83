-- Takes the batch whose results are to be looked at first, for one courier at a time.
-- Answers its id, or nothing.
local id = redis.call('ZRANGEBYSCORE', sinks, '-inf', now, 'LIMIT', 0, 1)[1]
if id then redis.call('ZADD', sinks, now + leaseMs, id) end
return id or false
