-- Local functions for scripts that may end a batch.
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
  redis.call('EXPIRE', env.batch, kept)
  redis.call('ZADD', env.work, env.now, env.id)
  redis.call('HINCRBY', env.tenants .. r[8], 'batches', -1)
  tellBatch(env.batch, env.id, env.channels, true)
  redis.call('HDEL', env.batch, 'w', 'to')
  return true
end
