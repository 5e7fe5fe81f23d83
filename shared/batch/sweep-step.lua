-- One step of a sweep over the chunks of a batch.
-- Answers { word, arm }. Words: more; over; moved, when the sweep is elsewhere by now. arm 1: a shift is to
-- be added.
local b = readBatch(batch)
if b.sweep ~= kind or b.sweepPosition ~= position then return { 'moved', 0 } end
local first, chunks = tonumber(position), tonumber(b.chunks or '0')
local last = math.min(first + tonumber(most), chunks) - 1
local launched, over, running, sums, bytes = 0, 0, 0, {}, 0
local function add(field, count) sums[field] = (sums[field] or 0) + count end
local function launch(name, left)
  launchChunk(lane, name, left)
  launched = launched + 1
end
-- Out of a list that is long it would take long: there it stays until a worker finds that it is over.
local function leaveReady(name)
  if redis.call('LLEN', ready) <= 1000 then redis.call('LREM', ready, 1, name) end
end
local ttl = kind == 'keep' and redis.call('PTTL', batch)
local field = { e = BATCH.failed, c = BATCH.canceled, x = BATCH.expired }
for number = first, last do
  local name = id .. '/' .. number
  local chunk = keys.pack .. name
  if kind == 'erase' then
    local attempt = redis.call('HGET', chunk, CHUNK.attempt) or 1
    redis.call('UNLINK', chunk, chunk .. ':in', chunk .. ':out', chunk .. ':out' .. attempt)
  elseif kind == 'keep' then
    for _, part in ipairs({ '', ':in', ':out' }) do redis.call('PEXPIRE', chunk .. part, ttl) end
  else
    local c = readChunk(chunk)
    local status, left = c.status, tonumber(c.items or '0') - tonumber(c.succeeded or '0')
    if kind == 'launch' then
      if status == 'u' then launch(name, left) end
    elseif kind == 'retry' then
      for _, part in ipairs({ '', ':in', ':out' }) do redis.call('PERSIST', chunk .. part) end
      if field[status] and left > 0 and redis.call('EXISTS', chunk .. ':in') == 1 then
        add(field[status], -left)
        bytes = bytes + c.bytes
        redis.call('ZREM', done, number)
        local attempt = c.attempt + 1
        redis.call('HSET', chunk, CHUNK.attempt, attempt, CHUNK.firstAttempt, attempt, CHUNK.batchAttempt, b.attempt)
        for _, name in ipairs(redis.call('HKEYS', chunk)) do
          if string.match(name, '^q%d') then redis.call('HDEL', chunk, name) end
        end
        launch(name, left)
      end
    elseif status == 'u' or status == 'q' or status == 'r' then
      local final = b.endsAs == 'expired' and 'x' or 'c'
      if status ~= 'u' and redis.call('ZREM', outstanding, name) == 1 then
        redis.call('LPOP', loadOf(lane), left)
        over = over + 1
      end
      if status == 'q' then leaveReady(name) end
      if status == 'r' then
        add(BATCH.running, -left)
        running = running + 1
      end
      add(field[final], left)
      bytes = bytes - c.bytes
      redis.call('HSET', chunk, CHUNK.status, final)
      redis.call('HDEL', chunk, CHUNK.run, CHUNK.startedAtMs)
      redis.call('ZADD', done, redis.call('HINCRBY', batch, BATCH.ends, 1), number)
    end
  end
end
for name, count in pairs(sums) do redis.call('HINCRBY', batch, name, count) end
if bytes ~= 0 then
  redis.call('HINCRBY', flow, 'bytes', bytes)
  redis.call('INCRBY', keys.tenant .. b.tenant .. ':bytes', bytes)
end
if running > 0 then noteOver(flow, running) end
if over > 0 then redis.call('HINCRBY', flow, FLOW.over, over) end
if kind == 'cancel' and b.endsAs == 'failed' then redis.call('HSET', batch, BATCH.error, tooManyFailed) end
local arm = launched > 0 and noteLaunched(lane, recent, launched) or 0
if last + 1 < chunks then
  redis.call('HSET', batch, BATCH.sweepPosition, last + 1)
  redis.call('ZADD', keys.batchWork, now + leaseMs, id)
  return { 'more', arm }
end
redis.call('HDEL', batch, BATCH.sweep, BATCH.sweepPosition)
if kind == 'keep' or kind == 'erase' then
  if kind == 'keep' then redis.call('PEXPIRE', done, ttl) else redis.call('SET', keys.erased, 1) end
  redis.call('ZREM', keys.batchWork, id)
else
  redis.call('ZADD', keys.batchWork, b.windowFromMs + b.windowMs, id)
  endBatchIfDone(batch, id)
end
return { 'over', arm }
