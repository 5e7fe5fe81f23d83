-- Makes jobs durable: record, outstanding unit, load element, deadline, and the mark of each dispatch.
-- Behind recent.lua.
-- KEYS 1 outstanding, 2 load, 3 undispatched, 4 lanes, 5 flow, 6 due, 7 tenants, 8 recent, then one record
--      a job
-- ARGV 1 now (ms), 2 most outstanding in the lane, 3 most bytes in it, 4 most outstanding of a tenant,
--      5 most bytes of a tenant, 6 lane name, 7 model, 8 class, 9 record version,
--      10 prefix of tenants, 11 of listings, 12 of idempotency keys, 13 seconds such a key lives at least,
--      14 number of marks, the marks, then per job: id, bytes of its payload, tenant, rows, form,
--      parameters, created, limits, deadline (ms), idempotency key ('' for none), its fingerprint,
--      metadata, waiter, payload ('' when it has a key of its own), what it wants called
-- Answers { verdict, detail } a job: accepted and how many are ahead; replayed and the id of the job
--   that has the key; key_reused; queue_full, tenant_full; input_lost
local PER_JOB = 15
local outstanding = redis.call('ZCARD', KEYS[1])
local bytes = tonumber(redis.call('HGET', KEYS[5], 'bytes') or '0')
local tenants = {}
local i = 15 + tonumber(ARGV[14])
local verdicts = {}
local fresh, freshBytes = 0, 0
for k = 9, #KEYS do
  local key, id, size, tenant = KEYS[k], ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local idempotency, payload = ARGV[i + 9], ARGV[i + 13]
  local own = payload == ''
  local verdict, detail = 'accepted', outstanding
  if redis.call('EXISTS', key) == 0 then
    local t = tenants[tenant]
    if not t then
      local r = redis.call('HMGET', ARGV[10] .. tenant, 'jobs', 'bytes')
      t = { tonumber(r[1] or '0'), tonumber(r[2] or '0'), 0, 0 }
      tenants[tenant] = t
    end
    local bound = idempotency ~= '' and redis.call('GET', ARGV[12] .. idempotency)
    if bound then
      local space = string.find(bound, ' ', 1, true)
      if string.sub(bound, space + 1) == ARGV[i + 10] then
        verdict, detail = 'replayed', string.sub(bound, 1, space - 1)
      else
        verdict = 'key_reused'
      end
    elseif outstanding >= tonumber(ARGV[2]) or bytes + size > tonumber(ARGV[3]) then
      verdict = 'queue_full'
    elseif t[1] >= tonumber(ARGV[4]) or t[2] + size > tonumber(ARGV[5]) then
      verdict = 'tenant_full'
    elseif own and redis.call('PERSIST', key .. ':in') == 0 then
      verdict = 'input_lost'
    else
      local record = { 'v', ARGV[9], 'm', ARGV[7], 'c', ARGV[8], 't', tenant, 's', 'queued', 'a', '1',
        'n', ARGV[i + 3], 'f', ARGV[i + 4], 'p', ARGV[i + 5], 'ca', ARGV[i + 6], 'l', ARGV[i + 7], 'b', size }
      for f, name in ipairs({ 'd', 'w', 'i', 'wh' }) do
        local value = ARGV[i + 10 + f]
        if value ~= '' then
          record[#record + 1] = name
          record[#record + 1] = value
        end
      end
      redis.call('HSET', key, unpack(record))
      redis.call('ZADD', KEYS[1], ARGV[1], id)
      redis.call('RPUSH', KEYS[2], '1')
      redis.call('ZADD', KEYS[6], ARGV[i + 8], id)
      redis.call('ZADD', ARGV[11] .. tenant, ARGV[i + 6], id)
      if idempotency ~= '' then
        -- As long as its job may run and is kept: a key that went before would make it run again.
        local totalMs, kept = string.match(ARGV[i + 7], '^%d+ %d+ (%d+) %d+ (%d+)')
        local seconds = math.max(ARGV[13], math.ceil(totalMs / 1000) + kept)
        redis.call('SET', ARGV[12] .. idempotency, id .. ' ' .. ARGV[i + 10], 'EX', seconds)
      end
      outstanding, bytes = outstanding + 1, bytes + size
      fresh, freshBytes = fresh + 1, freshBytes + size
      t[1], t[2], t[3], t[4] = t[1] + 1, t[2] + size, t[3] + 1, t[4] + size
    end
    if own and verdict ~= 'accepted' then redis.call('UNLINK', key .. ':in') end
  end
  verdicts[#verdicts + 1] = { verdict, detail }
  i = i + PER_JOB
end
if fresh > 0 then
  noteRecent(KEYS[8])
  redis.call('SADD', KEYS[4], ARGV[6])
  for m = 15, 14 + tonumber(ARGV[14]) do redis.call('ZADD', KEYS[3], ARGV[1], ARGV[m]) end
  for tenant, t in pairs(tenants) do
    if t[3] > 0 then
      redis.call('SADD', KEYS[7], tenant)
      redis.call('HINCRBY', ARGV[10] .. tenant, 'jobs', t[3])
      redis.call('HINCRBY', ARGV[10] .. tenant, 'bytes', t[4])
    end
  end
  redis.call('HINCRBY', KEYS[5], 'bytes', freshBytes)
  -- Pace of arrival, in windows of two seconds.
  local now = tonumber(ARGV[1])
  local r = redis.call('HMGET', KEYS[5], 'at', 'ac', 'ar')
  local since, count, rate = tonumber(r[1] or now), tonumber(r[2] or '0') + fresh, r[3] or ''
  if now - since >= 2000 then
    local seen = count * 1000 / (now - since)
    if rate ~= '' and now - since < 10000 then seen = (tonumber(rate) + seen) / 2 end
    since, count, rate = now, 0, string.format('%.3f', seen)
  end
  redis.call('HSET', KEYS[5], 'at', since, 'ac', count, 'ar', rate)
end
return verdicts
