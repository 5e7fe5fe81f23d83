-- Begins what is done to a whole batch: close, cancel, expire, retry, erase. A sweep does the rest.
-- Answers done, missing, or why not: empty, closed, ended, not_ended, never_closed, not_retryable,
--   tenant_full, paused, early.
local b = readBatch(batch)
local status = b.status
if not status then
  redis.call('ZREM', keys.batchWork, id)
  return 'missing'
end
if status == 'deleted' then return move == 'erase' and 'done' or 'missing' end
local ended = status == 'completed' or status == 'canceled' or status == 'expired' or status == 'failed'
-- Whether its progress or results are to be told while it runs.
local function announce()
  local wants = { string.match(b.webhook or '', '^%S+ (%S+)') }
  for _, value in ipairs(redis.call('HVALS', keys.hooks .. b.tenant)) do
    wants[#wants + 1] = string.match(value, '^%S+')
  end
  if string.find(table.concat(wants), '[PR]') then redis.call('ZADD', keys.batchNews, now, id) end
end
-- Its results leave Redis for a folder when it has more items than may stay.
local function sink()
  if not b.sinkAbove or tonumber(b.items) <= tonumber(b.sinkAbove) then return end
  redis.call('HSETNX', batch, BATCH.endsSunk, 0)
  redis.call('ZADD', keys.batchSinks, now, id)
end
local function sweep(kind)
  redis.call('HSET', batch, BATCH.sweep, kind, BATCH.sweepPosition, 0)
  redis.call('ZADD', keys.batchWork, now + leaseMs, id)
end
if move == 'close' then
  if status ~= 'validating' then return b.closedAtMs and 'done' or 'closed' end
  if b.items == '0' then return 'empty' end
  redis.call('HSET', batch, BATCH.status, 'in_progress', BATCH.closedAtMs, now)
  sweep('launch')
  announce()
  sink()
elseif move == 'cancel' or move == 'expire' then
  local endsAs = move == 'cancel' and 'canceled' or 'expired'
  if status == 'canceling' or status == endsAs then return 'done' end
  if ended then return 'ended' end
  if move == 'expire' then
    if now < b.windowFromMs + b.windowMs then return 'early' end
    redis.call('HSET', batch, BATCH.error, windowOver)
  end
  redis.call('HSET', batch, BATCH.status, 'canceling', BATCH.endsAs, endsAs)
  sweep(move)
elseif move == 'retry' then
  if b.attempt == tostring(attempt + 1) and b.retryToken == token then return 'done' end
  if not ended then return 'not_ended' end
  if not b.closedAtMs then return 'never_closed' end
  if b.items == (b.succeeded or '0') or (b.attempt or '1') ~= attempt then return 'not_retryable' end
  if redis.call('HGET', keys.flowPrefix .. b.model .. '.' .. b.class, FLOW.refuses) then return 'paused' end
  local unfinished = keys.tenant .. b.tenant .. ':batches'
  if tonumber(redis.call('GET', unfinished) or '0') >= tonumber(most) then return 'tenant_full' end
  redis.call('INCR', unfinished)
  redis.call('PERSIST', batch)
  redis.call('PERSIST', done)
  redis.call('HDEL', batch, BATCH.error, BATCH.endedAtMs, BATCH.startedAtMs)
  redis.call('HSET', batch, BATCH.status, 'in_progress', BATCH.closedAtMs, now, BATCH.windowFromMs, now,
    BATCH.attempt, attempt + 1, BATCH.retryToken, token)
  sweep('retry')
  announce()
  sink()
else
  if not ended then return 'not_ended' end
  redis.call('HSET', batch, BATCH.status, 'deleted')
  redis.call('HDEL', batch, BATCH.parameters, BATCH.metadata, BATCH.error, BATCH.webhook, BATCH.endedAtMs,
    BATCH.deliveries)
  redis.call('EXPIRE', batch, tombstoneSeconds)
  for _, delivery in ipairs(redis.call('SMEMBERS', batch .. ':ev')) do
    endDelivery(keys.delivery .. delivery, delivery, 'resource_deleted')
  end
  redis.call('UNLINK', done, batch .. ':ev')
  redis.call('ZREM', keys.batchNews, id)
  redis.call('ZREM', listing, id)
  if b.endsSunk then redis.call('ZADD', keys.batchSinks, now, id) end
  sweep('erase')
end
return 'done'
