-- Reads batches, and puts a gateway on the list of those that wait for them.
-- KEYS one record a batch
-- ARGV 1 gateway, then per batch '' to read, 'w' to wait for the end, 'e' for every change
-- Answers per batch: 0 when missing, else its fields and when it expires (ms), and now
local batches = {}
for k = 1, #KEYS do
  local batch, mode, found = KEYS[k], ARGV[k + 1], 0
  local r = redis.call('HMGET', batch, 's', 'm', 'c', 't', 'at', 'n', 'rn', 'ok', 'ko', 'cn', 'ex', 'k', 'ci', 'p', 'd',
    'e', 'wh', 'l', 'ca', 'cl', 'sa', 'ea')
  if r[1] then
    found = r
    local ttl = redis.call('PTTL', batch)
    found[23], found[24] = ttl >= 0 and now + ttl, now
    if mode ~= '' and not r[22] and r[1] ~= 'deleted' then
      local name = mode == 'e' and '+' .. ARGV[1] or ARGV[1]
      local waiting = redis.call('HGET', batch, 'w')
      if not waiting then redis.call('HSET', batch, 'w', name)
      elseif not string.find(' ' .. waiting .. ' ', ' ' .. name .. ' ', 1, true) then
        redis.call('HSET', batch, 'w', waiting .. ' ' .. name)
      end
    end
  end
  batches[k] = found
end
return batches
