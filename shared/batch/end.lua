-- A prelude, behind deliver.lua: for scripts that may end a batch.
-- What an event says of a batch, as JSON: its record goes on changing.
local function snapshot(r)
  local function number(value) return value or 'null' end
  local ended = (r.ok or 0) + (r.ko or 0) + (r.cn or 0) + (r.ex or 0)
  return '{"status":"' .. r.s .. '","attempt":' .. (r.at or 1) .. ',"counts":{"total":' .. r.n
    .. ',"queued":' .. r.n - (r.rn or 0) - ended .. ',"running":' .. (r.rn or 0) .. ',"succeeded":' .. (r.ok or 0)
    .. ',"failed":' .. (r.ko or 0) .. ',"canceled":' .. (r.cn or 0) .. ',"expired":' .. (r.ex or 0)
    .. '},"started_at_ms":' .. number(r.sa) .. ',"completed_at_ms":' .. number(r.ea)
    .. ',"error":' .. number(r.e) .. '}'
end
local function readBatch(batch)
  local flat, r = redis.call('HGETALL', batch), {}
  for i = 1, #flat, 2 do r[flat[i]] = flat[i + 1] end
  return r
end
-- Wakes who waits for it: all at its end, else those that follow every change.
local function tellBatch(batch, id, channels, ended)
  for sign, gateway in string.gmatch(redis.call('HGET', batch, 'w') or '', '(%+?)([^ +]+)') do
    if ended or sign == '+' then redis.call('PUBLISH', channels .. gateway, id) end
  end
end
-- Ends a batch of which nothing is left to do. Its chunks get their time to live by a sweep.
-- env: { batch, id, now, work, tenants (prefix), channels (prefix) }
local function endBatchIfDone(env)
  local r = redis.call('HMGET', env.batch, 's', 'n', 'ok', 'ko', 'cn', 'ex', 'wk', 't', 'l')
  local ended = (r[3] or 0) + (r[4] or 0) + (r[5] or 0) + (r[6] or 0)
  if r[7] or ended < tonumber(r[2]) then return false end
  local status = 'completed'
  if r[1] == 'canceling' then
    status = redis.call('HGET', env.batch, 'to')
  elseif r[1] ~= 'in_progress' then
    return false
  end
  local kept = string.match(r[9], '^%d+ (%d+)')
  redis.call('HSET', env.batch, 's', status, 'ea', env.now, 'wk', 'keep', 'wp', 0)
  local batch = readBatch(env.batch)
  local pending = deliver({ key = env.batch, id = env.id, tenant = batch.t, wh = batch.wh, pending = batch.dp,
    letter = 'B', name = (batch.at or 1) .. 'B', attempt = '', extra = snapshot(batch) })
  redis.call('EXPIRE', env.batch, keepSeconds(kept, pending))
  if pending > 0 then redis.call('EXPIRE', env.batch .. ':ev', keepSeconds(kept, pending)) end
  redis.call('ZADD', env.work, env.now, env.id)
  redis.call('HINCRBY', env.tenants .. r[8], 'batches', -1)
  tellBatch(env.batch, env.id, env.channels, true)
  redis.call('HDEL', env.batch, 'w', 'to')
  return true
end
