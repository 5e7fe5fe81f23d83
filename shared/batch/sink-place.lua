-- Says where in the folder the lines of a chunk stand by now, and takes them out of Redis.
-- Answers placed, or late: it is erased, run again, or has a place.
local status, c = redis.call('HGET', batch, BATCH.status), readChunk(chunk)
if c.place then return c.place == place and 'placed' or 'late' end
if not status or status == 'deleted' or c.status ~= 'e' or c.attempt ~= attempt or c.items ~= c.succeeded
  or redis.call('STRLEN', lines) ~= tonumber(bytes) then return 'late' end
redis.call('HSET', chunk, CHUNK.place, place)
redis.call('UNLINK', lines)
return 'placed'
