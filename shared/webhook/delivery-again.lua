-- Sends a delivery once more, from the start of its schedule; one that is pending, at once.
-- Answers done, missing, or gone when there is nothing left to tell of.
local d = readDelivery(delivery)
if not d.status then return 'missing' end
if d.status == 'pending' then
  if d.claim then return 'done' end
else
  if d.resourceKey ~= '' then
    -- Erasing a job takes it out of there.
    if redis.call('EXISTS', d.resourceKey) == 0 or redis.call('SISMEMBER', d.resourceKey .. ':ev', id) == 0 then
      return 'gone'
    end
    redis.call('HINCRBY', d.resourceKey, RESOURCE.pending, 1)
    local ttl = redis.call('TTL', d.resourceKey)
    if ttl >= 0 and ttl < tonumber(keptSeconds) then keepRecord(d.resourceKey, keptSeconds) end
  end
  redis.call('PERSIST', delivery)
  redis.call('HDEL', delivery, DELIVERY.endedAtMs, DELIVERY.reason)
  redis.call('HSET', delivery, DELIVERY.status, 'pending', DELIVERY.attemptsBefore, d.attempts)
  redis.call('ZREM', keys.deadLetters .. d.tenant, id)
end
redis.call('HSET', delivery, DELIVERY.nextAttemptAtMs, now)
redis.call('ZADD', keys.target .. d.target, now, id)
redis.call('ZADD', keys.targets, 'LT', now, d.target)
return 'done'
