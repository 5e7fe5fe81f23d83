-- Takes the batch whose results are to be looked at first, for one courier at a time.
-- KEYS 1 sinks
-- ARGV 1 now (ms), 2 when another courier may take it (ms)
-- Answers its id, or nothing
local id = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
if id then redis.call('ZADD', KEYS[1], ARGV[2], id) end
return id or false
