-- A prelude, behind deliver.lua: for scripts that may end a batch.
-- What an event says of a batch, as JSON: its record goes on changing.
local function snapshot(b)
  local function number(value) return value or 'null' end
  local ended = (b.succeeded or 0) + (b.failed or 0) + (b.canceled or 0) + (b.expired or 0)
  return '{"status":"' .. b.status .. '","attempt":' .. (b.attempt or 1) .. ',"counts":{"total":' .. b.items
    .. ',"queued":' .. b.items - (b.running or 0) - ended .. ',"running":' .. (b.running or 0)
    .. ',"succeeded":' .. (b.succeeded or 0) .. ',"failed":' .. (b.failed or 0)
    .. ',"canceled":' .. (b.canceled or 0) .. ',"expired":' .. (b.expired or 0)
    .. '},"started_at_ms":' .. number(b.startedAtMs) .. ',"completed_at_ms":' .. number(b.endedAtMs)
    .. ',"error":' .. number(b.error) .. '}'
end
-- Wakes who waits for it: all at its end, else those that follow every change.
local function tellBatch(batch, id, hasEnded)
  for sign, gateway in string.gmatch(redis.call('HGET', batch, BATCH.waiters) or '', '(%+?)([^ +]+)') do
    if hasEnded or sign == '+' then redis.call('PUBLISH', keys.settled .. gateway, id) end
  end
end
-- Ends a batch of which nothing is left to do. Its chunks get their time to live by a sweep.
local function endBatchIfDone(batch, id)
  local e = readEnded(batch)
  local ended = (e.succeeded or 0) + (e.failed or 0) + (e.canceled or 0) + (e.expired or 0)
  if e.sweep or ended < tonumber(e.items) then return false end
  local b = readBatch(batch)
  if b.status ~= 'in_progress' and b.status ~= 'canceling' then return false end
  b.status, b.endedAtMs = b.status == 'canceling' and b.endsAs or 'completed', now
  redis.call('HSET', batch, BATCH.status, b.status, BATCH.endedAtMs, now, BATCH.sweep, 'keep', BATCH.sweepPosition, 0)
  local pending = deliver({ key = batch, id = id, tenant = b.tenant, wh = b.webhook, pending = b.deliveries,
    letter = 'B', name = (b.attempt or 1) .. 'B', attempt = '', extra = snapshot(b) })
  redis.call('EXPIRE', batch, keepSeconds(b.retentionSeconds, pending))
  if pending > 0 then redis.call('EXPIRE', batch .. ':ev', keepSeconds(b.retentionSeconds, pending)) end
  redis.call('ZADD', keys.batchWork, now, id)
  redis.call('INCRBY', keys.tenant .. b.tenant .. ':batches', -1)
  tellBatch(batch, id, true)
  redis.call('HDEL', batch, BATCH.waiters, BATCH.endsAs)
  return true
end
