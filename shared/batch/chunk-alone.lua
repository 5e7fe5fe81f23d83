-- Writes down how many exclusive runs an item has had, if this run still has its chunk.
-- KEYS 1 chunk
-- ARGV 1 run token, 2 offset of the item in its chunk, 3 runs, 0 for none
local c = redis.call('HMGET', KEYS[1], 's', 'r')
if c[1] ~= 'r' or c[2] ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('HDEL', KEYS[1], 'q' .. ARGV[2])
else redis.call('HSET', KEYS[1], 'q' .. ARGV[2], ARGV[3]) end
return 1
