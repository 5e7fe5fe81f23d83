-- Behind flow.lua.
-- Hands back a chunk that was fetched and will not be run to its end here.
-- KEYS 1 flow, 2 batch, 3 chunk
-- ARGV 1 run token: a chunk of another run is left alone
local c = redis.call('HMGET', KEYS[3], 's', 'r', 'n', 'ok')
if c[1] ~= 'r' or c[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[3], 's', 'q')
redis.call('HDEL', KEYS[3], 'r')
redis.call('HINCRBY', KEYS[2], 'rn', (c[4] or 0) - c[3])
noteOver(KEYS[1], 1)
return 1
