-- Writes down how an attempt ended, and what it means for the delivery, its target and its endpoint.
-- Answers recorded, disabled when its endpoint was as well, or late when the claim is over.
local d = readDelivery(delivery)
local isOk = outcome == 'ok'
-- What arrived has arrived, also when another courier has the delivery by now.
if d.status ~= 'pending' or (d.claim ~= token and not isOk) then return 'late' end
local isDisabled = false
if outcome ~= 'none' then
  redis.call('HINCRBY', delivery, DELIVERY.attempts, 1)
  redis.call('HSET', delivery, DELIVERY.log, log, DELIVERY.lastStatus, lastStatus)
end
if isOk then
  redis.call('DEL', breaker)
elseif outcome == 'failed' then
  redis.call('HINCRBY', breaker, BREAKER.failures, 1)
  redis.call('HSETNX', breaker, BREAKER.failingSinceMs, now)
  -- Longer than the longest pause of a schedule, so that what fails once a day is known to.
  redis.call('EXPIRE', breaker, 864000)
  local isWorn = now - redis.call('HGET', breaker, BREAKER.failingSinceMs) >= tonumber(disableAfterMs)
  local isEnabled = redis.call('HGET', endpoint, ENDPOINT.state) == 'enabled'
  if (isWorn or reason == 'gone') and isEnabled then
    redis.call('HSET', endpoint, ENDPOINT.state, 'disabled', ENDPOINT.why, reason == 'gone' and 'gone' or 'failing',
      ENDPOINT.disabledAtMs, now)
    redis.call('HDEL', keys.hooks .. d.tenant, d.target)
    isDisabled = true
  end
end
if isOk then endDelivery(delivery, id, '')
elseif waitMs == '' then endDelivery(delivery, id, reason)
else
  local next = now + waitMs
  redis.call('HDEL', delivery, DELIVERY.claim)
  redis.call('HSET', delivery, DELIVERY.nextAttemptAtMs, next)
  leaveQueue(id, d.target)
  redis.call('ZADD', keys.target .. d.target, next, id)
  redis.call('ZADD', keys.targets, 'LT', next, d.target)
  -- A receiver may have asked for more time than its schedule takes.
  if d.resourceKey ~= '' then
    local ttl, needed = redis.call('TTL', d.resourceKey), math.ceil(waitMs / 1000) + 86400
    if ttl >= 0 and ttl < needed then keepRecord(d.resourceKey, needed) end
  end
end
return isDisabled and 'disabled' or 'recorded'
