-- Hands deliveries back that were claimed and not sent: they are due at once, for another courier.
-- KEYS 1 targets, then the deliveries
-- ARGV 1 token of the claim, 2 prefix of queues, 3 of flights, then the id of each
for k = 2, #KEYS do
  local r = redis.call('HMGET', KEYS[k], 'c', 'g')
  if r[1] == ARGV[1] then
    redis.call('HDEL', KEYS[k], 'c')
    redis.call('ZREM', ARGV[3] .. r[2], ARGV[k + 2])
    redis.call('ZADD', ARGV[2] .. r[2], now, ARGV[k + 2])
    redis.call('ZADD', KEYS[1], 'LT', now, r[2])
  end
end
return 'done'
