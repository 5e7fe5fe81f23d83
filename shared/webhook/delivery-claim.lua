-- Takes due deliveries for one courier, for a while: one after the other from each target, oldest turn
-- first, and from each at most as many as it may have in flight.
-- Answers { id, what the record says } per delivery.
local free, most = now + leaseMs, tonumber(most)
local ids = redis.call('LRANGE', claim, 0, -1)
if #ids == 0 then
  local due, rooms = {}, {}
  local found = redis.call('ZRANGEBYSCORE', targets, '-inf', now, 'LIMIT', 0, most)
  for t, target in ipairs(found) do
    redis.call('ZREMRANGEBYSCORE', keys.flights .. target, '-inf', now)
    local failures = tonumber(redis.call('HGET', keys.breaker .. target, BREAKER.failures) or '0')
    local cap = failures >= tonumber(failuresMost) and 1 or tonumber(flightsMost)
    rooms[t] = cap - redis.call('ZCARD', keys.flights .. target)
    due[t] = rooms[t] > 0
      and redis.call('ZRANGEBYSCORE', keys.target .. target, '-inf', now, 'LIMIT', 0, rooms[t]) or {}
  end
  for turn = 1, tonumber(flightsMost) do
    for t, target in ipairs(found) do
      local id = due[t][turn]
      if id and #ids < most then
        ids[#ids + 1] = id
        rooms[t] = rooms[t] - 1
        redis.call('ZADD', keys.target .. target, free, id)
        redis.call('ZADD', keys.flights .. target, free, id)
        redis.call('HSET', keys.delivery .. id, DELIVERY.claim, token)
      end
    end
  end
  for t, target in ipairs(found) do
    local head = redis.call('ZRANGE', keys.target .. target, 0, 0, 'WITHSCORES')
    if not head[1] then redis.call('ZREM', targets, target)
    elseif tonumber(head[2]) > now then redis.call('ZADD', targets, head[2], target)
    -- A target with room for more goes to the end of the line. One without is looked at again when the
    -- first of its flights is over.
    elseif rooms[t] > 0 then redis.call('ZADD', targets, now, target)
    else redis.call('ZADD', targets, redis.call('ZRANGE', keys.flights .. target, 0, 0, 'WITHSCORES')[2], target) end
  end
  if #ids > 0 then
    redis.call('RPUSH', claim, unpack(ids))
    redis.call('PEXPIRE', claim, leaseMs)
  end
end
local claimed = {}
for i, id in ipairs(ids) do claimed[i] = { id, readDelivery(keys.delivery .. id) } end
return claimed
