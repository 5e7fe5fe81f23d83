-- Hands deliveries back that were claimed and not sent: they are due at once, for another courier.
-- KEYS 1 targets, then the deliveries
-- ARGV 1 now (ms), 2 token of the claim, 3 prefix of queues, 4 of flights, then the id of each
for k = 2, #KEYS do
  local r = redis.call('HMGET', KEYS[k], 'c', 'g')
  if r[1] == ARGV[2] then
    redis.call('HDEL', KEYS[k], 'c')
    redis.call('ZREM', ARGV[4] .. r[2], ARGV[k + 3])
    redis.call('ZADD', ARGV[3] .. r[2], ARGV[1], ARGV[k + 3])
    redis.call('ZADD', KEYS[1], 'LT', ARGV[1], r[2])
  end
end
return 'done'
