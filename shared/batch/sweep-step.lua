-- One step of a sweep over the chunks of a batch.
-- Answers { word, dispatches }: more; over; moved, when the sweep is elsewhere by now.
local b = readBatch(batch)
if b.sweep ~= kind or b.sweepPosition ~= position then return { 'moved', {} } end
local first, chunks = tonumber(position), tonumber(b.chunks or '0')
local last = math.min(first + tonumber(most), chunks) - 1
local dispatches, sums, bytes, running = {}, {}, 0, 0
local function add(field, count) sums[field] = (sums[field] or 0) + count end
local function launch(chunk, name, left, attempt)
  redis.call('HSET', chunk, CHUNK.status, 'q')
  redis.call('HDEL', chunk, CHUNK.wasLost)
  redis.call('ZADD', outstanding, now, name)
  local ones = {}
  for i = 1, left do ones[i] = '1' end
  for i = 1, left, 4000 do redis.call('RPUSH', load, unpack(ones, i, math.min(i + 3999, left))) end
  local mark = '{"v":1,"lane":"' .. lane .. '","chunk":"' .. name .. '","rows":' .. left
    .. (attempt > 1 and ',"attempt":' .. attempt or '') .. '}'
  redis.call('ZADD', keys.undispatched, now, mark)
  dispatches[#dispatches + 1] = mark
end
local ttl = kind == 'keep' and redis.call('PTTL', batch)
local field = { e = BATCH.failed, c = BATCH.canceled, x = BATCH.expired }
for number = first, last do
  local name = id .. '/' .. number
  local chunk = keys.pack .. name
  if kind == 'erase' then
    redis.call('UNLINK', chunk, chunk .. ':in', chunk .. ':out')
  elseif kind == 'keep' then
    for _, part in ipairs({ '', ':in', ':out' }) do redis.call('PEXPIRE', chunk .. part, ttl) end
  else
    local c = readChunk(chunk)
    local status, left = c.status, tonumber(c.items or '0') - tonumber(c.succeeded or '0')
    if kind == 'launch' then
      if status == 'u' then launch(chunk, name, left, 1) end
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
        launch(chunk, name, left, attempt)
      end
    elseif status == 'u' or status == 'q' or status == 'r' then
      local final = b.endsAs == 'expired' and 'x' or 'c'
      if status ~= 'u' and redis.call('ZREM', outstanding, name) == 1 then redis.call('LPOP', load, left) end
      if status == 'r' then
        add(BATCH.running, -left)
        running = running + 1
      end
      add(field[final], left)
      bytes = bytes - c.bytes
      redis.call('HSET', chunk, CHUNK.status, final)
      redis.call('HDEL', chunk, CHUNK.run, CHUNK.startedAtMs, CHUNK.wasLost)
      redis.call('ZADD', done, redis.call('HINCRBY', batch, BATCH.ends, 1), number)
    end
  end
end
for name, count in pairs(sums) do redis.call('HINCRBY', batch, name, count) end
if bytes ~= 0 then
  redis.call('HINCRBY', flow, 'bytes', bytes)
  redis.call('HINCRBY', keys.tenant .. b.tenant, 'bytes', bytes)
end
if running > 0 then noteOver(flow, running) end
if #dispatches > 0 then
  redis.call('SADD', keys.lanes, lane)
  noteRecent(recent)
end
if last + 1 < chunks then
  redis.call('HSET', batch, BATCH.sweepPosition, last + 1)
  redis.call('ZADD', keys.batchWork, now + leaseMs, id)
  return { 'more', dispatches }
end
redis.call('HDEL', batch, BATCH.sweep, BATCH.sweepPosition)
if kind == 'keep' or kind == 'erase' then
  if kind == 'keep' then redis.call('PEXPIRE', done, ttl) end
  redis.call('ZREM', keys.batchWork, id)
else
  redis.call('ZADD', keys.batchWork, b.windowFromMs + b.windowMs, id)
  endBatchIfDone(batch, id)
end
return { 'over', dispatches }
