-- Makes an empty batch.
-- KEYS 1 batch, 2 listing, 3 work, 4 tenant, 5 tenants, 6 idempotency key, if there is one
-- ARGV 1 id, 2 most unfinished batches of a tenant, 3 tenant, 4 fingerprint,
--      5 seconds an idempotency key lives at least, 6 its window (ms), 7 seconds it is kept at
--      most, then names and values of fields
-- Answers { verdict, detail }: created; replayed and the id of the batch that has the key; key_reused;
--   tenant_full
if redis.call('EXISTS', KEYS[1]) == 1 then return { 'created' } end
if KEYS[6] then
  local bound = redis.call('GET', KEYS[6])
  if bound then
    local space = string.find(bound, ' ', 1, true)
    if string.sub(bound, space + 1) ~= ARGV[4] then return { 'key_reused' } end
    return { 'replayed', string.sub(bound, 1, space - 1) }
  end
end
if tonumber(redis.call('HGET', KEYS[4], 'batches') or '0') >= tonumber(ARGV[2]) then return { 'tenant_full' } end
redis.call('HSET', KEYS[1], 'ca', now, 'wb', now, unpack(ARGV, 8))
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZADD', KEYS[3], now + ARGV[6], ARGV[1])
redis.call('HINCRBY', KEYS[4], 'batches', 1)
redis.call('SADD', KEYS[5], ARGV[3])
if KEYS[6] then redis.call('SET', KEYS[6], ARGV[1] .. ' ' .. ARGV[4], 'EX', ARGV[7]) end
return { 'created' }
