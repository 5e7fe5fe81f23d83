-- Takes the batch whose results are to be looked at first, for one courier at a time.
-- KEYS 1 sinks
-- ARGV 1 ms until another courier may take it
-- Answers its id, or nothing
local id = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)[1]
if id then redis.call('ZADD', KEYS[1], now + ARGV[1], id) end
return id or false
