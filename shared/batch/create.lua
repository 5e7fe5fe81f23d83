-- Makes an empty batch.
-- Answers { verdict, detail }: created; replayed and the id of the batch that has the key; key_reused;
--   tenant_full; paused: its lane is, and refuses.
if redis.call('EXISTS', batch) == 1 then return { 'created' } end
if idempotency then
  local bound = redis.call('GET', idempotency)
  if bound then
    local space = string.find(bound, ' ', 1, true)
    if string.sub(bound, space + 1) ~= fingerprint then return { 'key_reused' } end
    return { 'replayed', string.sub(bound, 1, space - 1) }
  end
end
if redis.call('HGET', flow, FLOW.refuses) then return { 'paused' } end
if tonumber(redis.call('GET', keys.tenant .. tenant .. ':batches') or '0') >= tonumber(most) then return { 'tenant_full' } end
redis.call('HSET', batch, BATCH.createdAtMs, now, BATCH.windowFromMs, now, unpack(fields))
redis.call('ZADD', listing, now, id)
redis.call('ZADD', keys.batchWork, now + windowMs, id)
redis.call('INCR', keys.tenant .. tenant .. ':batches')
redis.call('SADD', keys.tenants, tenant)
if idempotency then redis.call('SET', idempotency, id .. ' ' .. fingerprint, 'EX', boundSeconds) end
return { 'created' }
