-- Makes jobs durable: record, outstanding unit, load element, deadline, and the mark of each dispatch.
-- Behind recent.lua.
-- KEYS 1 outstanding, 2 load, 3 undispatched, 4 lanes, 5 flow, 6 due, 7 tenants, 8 recent, then one record
--      a job
-- ARGV 1 most outstanding in the lane, 2 most bytes in it, 3 most outstanding of a tenant,
--      4 most bytes of a tenant, 5 lane name, 6 model, 7 class, 8 record version,
--      9 prefix of tenants, 10 of listings, 11 of idempotency keys, 12 seconds such a key lives at least,
--      13 number of marks, the marks, then per job: id, bytes of its payload, tenant, rows, form,
--      parameters, limits, idempotency key ('' for none), its fingerprint,
--      metadata, waiter, payload ('' when it has a key of its own), what it wants called
-- Answers { verdict, detail, created } a job: accepted, how many are ahead, and when it was; replayed and
--   the id of the job that has the key; key_reused; queue_full, tenant_full; input_lost
local PER_JOB = 13
local outstanding = redis.call('ZCARD', KEYS[1])
local bytes = tonumber(redis.call('HGET', KEYS[5], 'bytes') or '0')
local tenants = {}
local i = 14 + tonumber(ARGV[13])
local verdicts = {}
local fresh, freshBytes = 0, 0
for k = 9, #KEYS do
  local key, id, size, tenant = KEYS[k], ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local idempotency, payload = ARGV[i + 7], ARGV[i + 11]
  local own = payload == ''
  local there = redis.call('HMGET', key, 's', 'ca')
  local verdict, detail, created = 'accepted', outstanding, there[2]
  if not there[1] then
    local t = tenants[tenant]
    if not t then
      local r = redis.call('HMGET', ARGV[9] .. tenant, 'jobs', 'bytes')
      t = { tonumber(r[1] or '0'), tonumber(r[2] or '0'), 0, 0 }
      tenants[tenant] = t
    end
    local bound = idempotency ~= '' and redis.call('GET', ARGV[11] .. idempotency)
    if bound then
      local space = string.find(bound, ' ', 1, true)
      if string.sub(bound, space + 1) == ARGV[i + 8] then
        verdict, detail = 'replayed', string.sub(bound, 1, space - 1)
      else
        verdict = 'key_reused'
      end
    elseif outstanding >= tonumber(ARGV[1]) or bytes + size > tonumber(ARGV[2]) then
      verdict = 'queue_full'
    elseif t[1] >= tonumber(ARGV[3]) or t[2] + size > tonumber(ARGV[4]) then
      verdict = 'tenant_full'
    elseif own and redis.call('PERSIST', key .. ':in') == 0 then
      verdict = 'input_lost'
    else
      created = now
      local record = { 'v', ARGV[8], 'm', ARGV[6], 'c', ARGV[7], 't', tenant, 's', 'queued', 'a', '1',
        'n', ARGV[i + 3], 'f', ARGV[i + 4], 'p', ARGV[i + 5], 'ca', now, 'l', ARGV[i + 6], 'b', size }
      for f, name in ipairs({ 'd', 'w', 'i', 'wh' }) do
        local value = ARGV[i + 8 + f]
        if value ~= '' then
          record[#record + 1] = name
          record[#record + 1] = value
        end
      end
      redis.call('HSET', key, unpack(record))
      redis.call('ZADD', KEYS[1], now, id)
      redis.call('RPUSH', KEYS[2], '1')
      local startMs, totalMs, kept = string.match(ARGV[i + 6], '^(%d+) %d+ (%d+) %d+ (%d+)')
      redis.call('ZADD', KEYS[6], now + math.min(startMs, totalMs), id)
      redis.call('ZADD', ARGV[10] .. tenant, now, id)
      if idempotency ~= '' then
        -- As long as its job may run and is kept: a key that went before would make it run again.
        local seconds = math.max(ARGV[12], math.ceil(totalMs / 1000) + kept)
        redis.call('SET', ARGV[11] .. idempotency, id .. ' ' .. ARGV[i + 8], 'EX', seconds)
      end
      outstanding, bytes = outstanding + 1, bytes + size
      fresh, freshBytes = fresh + 1, freshBytes + size
      t[1], t[2], t[3], t[4] = t[1] + 1, t[2] + size, t[3] + 1, t[4] + size
    end
    if own and verdict ~= 'accepted' then redis.call('UNLINK', key .. ':in') end
  end
  verdicts[#verdicts + 1] = { verdict, detail, created }
  i = i + PER_JOB
end
if fresh > 0 then
  noteRecent(KEYS[8])
  redis.call('SADD', KEYS[4], ARGV[5])
  for m = 14, 13 + tonumber(ARGV[13]) do redis.call('ZADD', KEYS[3], now, ARGV[m]) end
  for tenant, t in pairs(tenants) do
    if t[3] > 0 then
      redis.call('SADD', KEYS[7], tenant)
      redis.call('HINCRBY', ARGV[9] .. tenant, 'jobs', t[3])
      redis.call('HINCRBY', ARGV[9] .. tenant, 'bytes', t[4])
    end
  end
  redis.call('HINCRBY', KEYS[5], 'bytes', freshBytes)
  -- Pace of arrival, in windows of two seconds.
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
