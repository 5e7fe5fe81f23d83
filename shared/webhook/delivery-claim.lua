-- Takes due deliveries for one courier, for a while: one after the other from each target, oldest turn
-- first, and from each at most as many as it may have in flight.
-- KEYS 1 targets, 2 claim
-- ARGV 1 ms until what is not recorded is free again, 2 most deliveries, 3 most in flight to a
--      target, 4 failures in a row after which a target gets one at a time, 5 token of this claim,
--      6 prefix of queues, 7 of flights, 8 of breakers, 9 of deliveries
-- Answers per delivery { id, resource, tenant, letter, attempt, target, url, include, attempts made,
--   those before it was sent again, created, extra, log }
local free, most = now + ARGV[1], tonumber(ARGV[2])
local ids = redis.call('LRANGE', KEYS[2], 0, -1)
if #ids == 0 then
  local targets = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, most)
  local due, rooms = {}, {}
  for t, target in ipairs(targets) do
    redis.call('ZREMRANGEBYSCORE', ARGV[7] .. target, '-inf', now)
    local failures = tonumber(redis.call('HGET', ARGV[8] .. target, 'f') or '0')
    local cap = failures >= tonumber(ARGV[4]) and 1 or tonumber(ARGV[3])
    rooms[t] = cap - redis.call('ZCARD', ARGV[7] .. target)
    due[t] = rooms[t] > 0 and redis.call('ZRANGEBYSCORE', ARGV[6] .. target, '-inf', now, 'LIMIT', 0, rooms[t]) or {}
  end
  for turn = 1, tonumber(ARGV[3]) do
    for t, target in ipairs(targets) do
      local id = due[t][turn]
      if id and #ids < most then
        ids[#ids + 1] = id
        rooms[t] = rooms[t] - 1
        redis.call('ZADD', ARGV[6] .. target, free, id)
        redis.call('ZADD', ARGV[7] .. target, free, id)
        redis.call('HSET', ARGV[9] .. id, 'c', ARGV[5])
      end
    end
  end
  for t, target in ipairs(targets) do
    local head = redis.call('ZRANGE', ARGV[6] .. target, 0, 0, 'WITHSCORES')
    if not head[1] then redis.call('ZREM', KEYS[1], target)
    elseif tonumber(head[2]) > now then redis.call('ZADD', KEYS[1], head[2], target)
    -- Where nothing more may fly, what lands brings the next turn; else it goes to the end of the line.
    elseif rooms[t] > 0 then redis.call('ZADD', KEYS[1], now, target)
    else redis.call('ZADD', KEYS[1], redis.call('ZRANGE', ARGV[7] .. target, 0, 0, 'WITHSCORES')[2], target) end
  end
  if #ids > 0 then
    redis.call('RPUSH', KEYS[2], unpack(ids))
    redis.call('PEXPIRE', KEYS[2], ARGV[1])
  end
end
local claimed = {}
for i, id in ipairs(ids) do
  local r = redis.call('HMGET', ARGV[9] .. id, 'r', 't', 'k', 'at', 'g', 'u', 'inc', 'n', 'b', 'ca', 'x', 'log')
  table.insert(r, 1, id)
  claimed[i] = r
end
return claimed
