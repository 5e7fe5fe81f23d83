-- A prelude: ends deliveries, and gives the records that they tell of their time to live.
local DELIVERED_SECONDS, DEAD_SECONDS = 86400, 604800
-- What a record is kept at least, once its last delivery has ended: a receiver that was told of it may
-- come for more, and who finds dead letters may want them sent again.
local AFTER_DELIVERED_SECONDS, AFTER_DEAD_SECONDS = 60, 86400
local function keepRecord(key, seconds)
  redis.call('EXPIRE', key, seconds)
  redis.call('EXPIRE', key .. ':in', seconds)
  redis.call('EXPIRE', key .. ':ev', seconds)
  for index in string.gmatch(redis.call('HGET', key, RESOURCE.large) or '', '%d+') do
    redis.call('EXPIRE', key .. ':out' .. index, seconds)
  end
end
-- A batch's chunks get theirs by a sweep, which the courier does at once.
local function releaseRecord(key, status)
  if key == '' or redis.call('EXISTS', key) == 0 then return end
  -- At 0 it stays: whoever ends the record sees that there are ids of deliveries beside it.
  if redis.call('HINCRBY', key, RESOURCE.pending, -1) > 0 then return end
  local r = readResource(key)
  local kept = string.match(r.limits or '', '^%d+ %d+ %d+ %d+ (%d+)$')
  local keptBatch = string.match(r.limits or '', '^%d+ (%d+) %-?%d+$')
  if r.endedAtMs and keptBatch then
    kept = keptBatch
    redis.call('HSET', key, RESOURCE.sweep, 'keep', RESOURCE.sweepPosition, 0)
    redis.call('ZADD', keys.batchWork, now, string.match(key, '[^:]+$'))
  end
  -- A pack that jobs have moved out of goes when the last of them has ended.
  if not r.endedAtMs or not kept or tonumber(r.movedOut or '0') > 0 then return end
  local least = status == 'dead' and AFTER_DEAD_SECONDS or AFTER_DELIVERED_SECONDS
  local left = math.ceil((r.endedAtMs - now) / 1000) + kept
  keepRecord(key, math.max(left, least))
end
-- Takes a delivery from its target's queue, where others may now have their turn.
local function leaveQueue(id, target)
  redis.call('ZREM', keys.flights .. target, id)
  redis.call('ZREM', keys.target .. target, id)
  local head = redis.call('ZRANGE', keys.target .. target, 0, 0, 'WITHSCORES')
  if not head[1] then redis.call('ZREM', keys.targets, target)
  else redis.call('ZADD', keys.targets, 'LT', math.max(head[2], now), target) end
end
-- reason: why it is dead, '' when it was delivered
local function endDelivery(delivery, id, reason)
  local d = readDelivery(delivery)
  if d.status ~= 'pending' then return end
  local status = reason == '' and 'delivered' or 'dead'
  redis.call('HDEL', delivery, DELIVERY.claim, DELIVERY.nextAttemptAtMs, DELIVERY.reason)
  redis.call('HSET', delivery, DELIVERY.status, status, DELIVERY.endedAtMs, now)
  if reason == '' then redis.call('EXPIRE', delivery, DELIVERED_SECONDS)
  else
    redis.call('HSET', delivery, DELIVERY.reason, reason)
    redis.call('EXPIRE', delivery, DEAD_SECONDS)
    redis.call('ZADD', keys.deadLetters .. d.tenant, d.createdAtMs, id)
  end
  leaveQueue(id, d.target)
  releaseRecord(d.resourceKey, status)
end
