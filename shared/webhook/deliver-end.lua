-- A prelude: ends deliveries, and gives the records that they tell of their time to live.
-- places: `deliveryEndPlaces` of shared/redis/keys.ts
local DELIVERED_SECONDS, DEAD_SECONDS = 86400, 604800
-- What a record is kept at least, once its last delivery has ended: a receiver that was told of it may
-- come for more, and who finds dead letters may want them sent again.
local AFTER_DELIVERED_SECONDS, AFTER_DEAD_SECONDS = 60, 86400
local function keepRecord(key, seconds)
  redis.call('EXPIRE', key, seconds)
  redis.call('EXPIRE', key .. ':in', seconds)
  redis.call('EXPIRE', key .. ':ev', seconds)
end
-- A batch's chunks get theirs by a sweep, which the courier does at once.
local function releaseRecord(places, key, now, status)
  if key == '' or redis.call('EXISTS', key) == 0 or redis.call('HINCRBY', key, 'dp', -1) > 0 then return end
  redis.call('HDEL', key, 'dp')
  local r = redis.call('HMGET', key, 'ea', 'l')
  local kept = string.match(r[2] or '', '^%d+ %d+ %d+ %d+ (%d+)$')
  local keptBatch = string.match(r[2] or '', '^%d+ (%d+) %-?%d+$')
  if r[1] and keptBatch then
    kept = keptBatch
    redis.call('HSET', key, 'wk', 'keep', 'wp', 0)
    redis.call('ZADD', string.match(places, '%S+$'), now, string.match(key, '[^:]+$'))
  end
  if not r[1] or not kept then return end
  local least = status == 'dead' and AFTER_DEAD_SECONDS or AFTER_DELIVERED_SECONDS
  local left = math.ceil((r[1] - now) / 1000) + kept
  keepRecord(key, math.max(left, least))
end
-- Takes a delivery from its target's queue, where others may now have their turn.
local function leaveQueue(places, id, target, now)
  local queue, queues, flights = string.match(places, '^(%S+) (%S+) (%S+)')
  redis.call('ZREM', flights .. target, id)
  redis.call('ZREM', queue .. target, id)
  local head = redis.call('ZRANGE', queue .. target, 0, 0, 'WITHSCORES')
  if not head[1] then redis.call('ZREM', queues, target)
  else redis.call('ZADD', queues, 'LT', math.max(head[2], now), target) end
end
-- reason: why it is dead, '' when it was delivered
local function endDelivery(places, delivery, id, now, reason)
  local dead = string.match(places, '^%S+ %S+ %S+ (%S+)')
  local r = redis.call('HMGET', delivery, 's', 'g', 't', 'y', 'ca')
  if r[1] ~= 'pending' then return end
  local status = reason == '' and 'delivered' or 'dead'
  redis.call('HDEL', delivery, 'c', 'du', 'er')
  redis.call('HSET', delivery, 's', status, 'ea', now)
  if reason == '' then redis.call('EXPIRE', delivery, DELIVERED_SECONDS)
  else
    redis.call('HSET', delivery, 'er', reason)
    redis.call('EXPIRE', delivery, DEAD_SECONDS)
    redis.call('ZADD', dead .. r[3], r[5], id)
  end
  leaveQueue(places, id, r[2], now)
  releaseRecord(places, r[4], now, status)
end
