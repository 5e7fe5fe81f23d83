-- Says where in the folder the lines of a chunk stand by now, and takes them out of Redis.
-- KEYS 1 batch, 2 chunk, 3 its lines
-- ARGV 1 attempt whose lines were read, 2 their bytes, 3 place
-- Answers placed, or late: it is erased, run again, or has a place
local batch, chunk = KEYS[1], KEYS[2]
local status = redis.call('HGET', batch, 's')
local c = redis.call('HMGET', chunk, 's', 'a', 'n', 'ok', 'sf')
if c[5] then return c[5] == ARGV[3] and 'placed' or 'late' end
if not status or status == 'deleted' or c[1] ~= 'e' or c[2] ~= ARGV[1] or c[3] ~= c[4]
  or redis.call('STRLEN', KEYS[3]) ~= tonumber(ARGV[2]) then return 'late' end
redis.call('HSET', chunk, 'sf', ARGV[3])
redis.call('UNLINK', KEYS[3])
return 'placed'
