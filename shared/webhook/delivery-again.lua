-- Sends a delivery once more, from the start of its schedule; one that is pending, at once.
-- Behind deliver-end.lua.
-- KEYS 1 delivery
-- ARGV 1 id, 2 places, 3 seconds its record is kept for it
-- Answers done, missing, or gone when there is nothing left to tell of
local r = redis.call('HMGET', KEYS[1], 's', 'g', 't', 'y', 'n', 'c')
local queue, queues, _, dead = string.match(ARGV[2], '^(%S+) (%S+) (%S+) (%S+)')
if not r[1] then return 'missing' end
if r[1] == 'pending' then
  if r[6] then return 'done' end
else
  if r[4] ~= '' then
    local status = redis.call('HGET', r[4], 's')
    if not status or status == 'deleted' then return 'gone' end
    redis.call('HINCRBY', r[4], 'dp', 1)
    local ttl = redis.call('TTL', r[4])
    if ttl >= 0 and ttl < tonumber(ARGV[3]) then keepRecord(r[4], ARGV[3]) end
  end
  redis.call('PERSIST', KEYS[1])
  redis.call('HDEL', KEYS[1], 'ea', 'er')
  redis.call('HSET', KEYS[1], 's', 'pending', 'b', r[5])
  redis.call('ZREM', dead .. r[3], ARGV[1])
end
redis.call('HSET', KEYS[1], 'du', now)
redis.call('ZADD', queue .. r[2], now, ARGV[1])
redis.call('ZADD', queues, 'LT', now, r[2])
return 'done'
