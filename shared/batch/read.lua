-- Reads batches, and puts a gateway on the list of those that wait for them. A mode is '' to read, 'w' to
-- wait for the end, 'e' for every change.
-- Answers per batch: 0 when missing, else { what the record says, when it expires (ms), now }.
local found = {}
for item in items() do
  local b, answer = readBatch(item.batch), 0
  if b.status then
    local ttl = redis.call('PTTL', item.batch)
    answer = { b, ttl >= 0 and now + ttl, now }
    if item.mode ~= '' and not b.endedAtMs and b.status ~= 'deleted' then
      -- First, because it frees: a script that has written is not refused at maxmemory, and nor is a read.
      redis.call('HDEL', item.batch, '-')
      local name = item.mode == 'e' and '+' .. gateway or gateway
      local waiting = redis.call('HGET', item.batch, BATCH.waiters)
      if not waiting then redis.call('HSET', item.batch, BATCH.waiters, name)
      elseif not string.find(' ' .. waiting .. ' ', ' ' .. name .. ' ', 1, true) then
        redis.call('HSET', item.batch, BATCH.waiters, waiting .. ' ' .. name)
      end
    end
  end
  found[#found + 1] = answer
end
return found
