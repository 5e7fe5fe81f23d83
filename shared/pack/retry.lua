-- Queues a job that ended badly once more, as its next attempt, in a pack of its own. What it ended with goes to
-- its history. Behind settle.lua, move-out.lua, slice.lua, seat.lua and recent.lua.
-- Answers { word, whether the lane needs a shift }: accepted, missing, not_retryable, input_lost, queue_full,
--   tenant_full, paused
local WORDS = { F = 'failed', C = 'canceled', X = 'expired' }
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key or letter == 'D' then return { 'missing', 0 } end
local r, f = readRetried(key), readFlow(flow)
-- Sent again after a lost reply: whatever has become of the attempt since, this made it.
if #r.states == 1 and r.retryToken == token then return { 'accepted', f.armed == '1' and 1 or 0 } end
local slice = WORDS[letter] and endAt(key, at, r.segments)
if not slice or slice.attempt ~= attempt then return { 'not_retryable', 0 } end
local size = tonumber(wordsOf(r.bytes)[at + 1])
local counts = redis.call('MGET', keys.tenant .. tenant .. ':jobs', keys.tenant .. tenant .. ':bytes')
if f.refuses then return { 'paused', 0 } end
local accepted, bytes = tonumber(f.accepted or 0), tonumber(f.bytes or 0)
if accepted - (f.over or 0) >= tonumber(laneJobs) or bytes + size > tonumber(laneBytes) then
  return { 'queue_full', 0 }
end
if tonumber(counts[1] or 0) >= tonumber(tenantJobs) or (counts[2] or 0) + size > tonumber(tenantBytes) then
  return { 'tenant_full', 0 }
end
local input = redis.call('HGET', key, SEAT.input .. at)
if not input and not r.inputs and redis.call('EXISTS', key .. ':in') == 0 then return { 'input_lost', 0 } end
local name = string.match(key, ':pack:(.*)$')
if #r.states > 1 then
  name = moveOut(name, readPack(key), at)
  key = ownPack
elseif input then
  redis.call('HSET', key, PACK.inputs, input)
end
local ended = '{"attempt":' .. slice.attempt .. ',"status":"' .. WORDS[letter] .. '","started_at_ms":'
  .. (slice.started == '-' and 'null' or slice.started) .. ',"completed_at_ms":' .. slice.ended .. ',"error":'
  .. slice.body .. ',"metrics":' .. (slice.metrics == '' and 'null' or slice.metrics) .. '}'
redis.call('HDEL', key, SEAT.input .. 0, SEAT.ending .. 0, SEAT.segment .. 0, PACK.segments, PACK.endedAtMs,
  PACK.startedAtMs, PACK.run, PACK.deaths, PACK.isTaken)
for _, suffix in ipairs({ '', ':in', ':ev' }) do redis.call('PERSIST', key .. suffix) end
redis.call('HSET', key, PACK.states, 'W', PACK.attempt, attempt + 1, PACK.firstAttempt, attempt + 1,
  PACK.queuedAtMs, now, PACK.number, accepted, PACK.retryToken, token,
  PACK.history, (r.history and r.history .. ',' or '') .. ended)
local stood = stoodMs(lane)
if stood > 0 then redis.call('HSET', key, PACK.stoodMs, stood) else redis.call('HDEL', key, PACK.stoodMs) end
reopen(name)
redis.call('ZADD', outstanding, now, name)
redis.call('RPUSH', loadOf(lane), '1')
redis.call('RPUSH', ready, name)
redis.call('ZADD', due, now + math.min(r.startMs, r.totalMs), name)
redis.call('SADD', keys.lanes, lane)
if not pauseOf(lane).pausedAtMs then noteRecent(recent) end
redis.call('INCR', keys.tenant .. tenant .. ':jobs')
redis.call('INCRBY', keys.tenant .. tenant .. ':bytes', size)
redis.call('HINCRBY', flow, FLOW.accepted, 1)
redis.call('HINCRBY', flow, FLOW.bytes, size)
return { 'accepted', wake(lane) }
