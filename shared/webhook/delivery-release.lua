-- Hands deliveries back that were claimed and not sent: they are due at once, for another courier.
for item in items() do
  local d = readDelivery(item.delivery)
  if d.claim == token then
    redis.call('HDEL', item.delivery, DELIVERY.claim)
    redis.call('ZREM', keys.flights .. d.target, item.id)
    redis.call('ZADD', keys.target .. d.target, now, item.id)
    redis.call('ZADD', targets, 'LT', now, d.target)
  end
end
return 'done'
