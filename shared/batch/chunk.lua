-- A prelude, behind deliver.lua, pause-of.lua, end.lua, flow.lua and pace.lua: chunks of batches, for scripts that take
-- packs, settle them and give them back. A pack is a chunk when there is a `/` in its name.
--
-- chunkSize(name)             rows that are left in a chunk which waits, and how many workers died with it;
--                             0 rows: there is nothing to take, also when it was taken by an earlier entry
-- takeChunk(name, run, turn)  takes it, once, and writes it down in what the run has. Answers a list as
--                             `chunk.ts` reads it, the same one when it was taken in that turn. Or nil and a
--                             word: `over`, nothing is to be run; `unknown`, its batch is of another version
-- settleChunk(name, run, attempt, lines, succeeded)
--                             ends it. lines: one an item, or '' when they are in <key>:out<attempt>: if they
--                             are gone, it waits again; succeeded: items that did, those of earlier attempts
--                             included. Answers settled, also the second time; late; missing
-- returnChunk(name, run, how) `released`: it waits again; `lost`: with another attempt, and a death. Answers
--                             its lane; nil: it is not this run's
-- Who calls them takes names out of `ready`, puts what waits again back there, and takes out of what the run
-- has what is settled or returned.
local function batchOf(name)
  local id, number = string.match(name, '^(.*)/(%d+)$')
  return keys.batch .. id, id, number
end
local function isRunning(b)
  return b.status == 'in_progress' or b.status == 'validating' and b.isEager
end
local function leftIn(c) return tonumber(c.items or '0') - tonumber(c.succeeded or '0') end
local function chunkSize(name)
  local c = readChunk(keys.pack .. name)
  if c.status ~= 'q' then return 0, 0 end
  return leftIn(c), tonumber(c.deaths or '0')
end
local function takeChunk(name, run, turn)
  local chunk, batch = keys.pack .. name, batchOf(name)
  local b, c = readTaken(batch), readChunk(chunk)
  if redis.call('HGET', keys.taken .. run, name) ~= tostring(turn) or c.run ~= run then
    if b.version and b.version ~= '2' then return nil, 'unknown' end
    if not isRunning(b) or c.status ~= 'q' then return nil, 'over' end
    c.startedAtMs = now
    redis.call('HSET', keys.taken .. run, name, turn)
    redis.call('HSET', chunk, CHUNK.status, 'r', CHUNK.run, run, CHUNK.startedAtMs, now)
    if not b.startedAtMs then redis.call('HSET', batch, BATCH.startedAtMs, now) end
    redis.call('HINCRBY', batch, BATCH.running, leftIn(c))
    noteBegun(keys.flowPrefix .. c.lane, 1)
  end
  -- What is large is read behind the turn.
  local isSmall = tonumber(c.bytes) <= 262144
  local found = { name, c.lane, c.attempt, c.firstAttempt or '1', c.batchAttempt or '1', c.firstIndex, c.items,
    c.succeeded or '0', b.closedAtMs or b.createdAtMs, c.startedAtMs, c.deaths or '0', b.parameters or '{}',
    isSmall and redis.call('GET', chunk .. ':in') or '' }
  -- Exclusive runs that never came back.
  local all = redis.call('HGETALL', chunk)
  for i = 1, #all, 2 do
    local offset = string.match(all[i], '^q(%d+)$')
    if offset then
      found[#found + 1] = offset
      found[#found + 1] = all[i + 1]
    end
  end
  return found
end
local function returnChunk(name, run, how)
  local chunk = keys.pack .. name
  local c = readChunk(chunk)
  if c.status ~= 'r' or c.run ~= run then return nil end
  redis.call('HDEL', chunk, CHUNK.run, CHUNK.startedAtMs)
  redis.call('HSET', chunk, CHUNK.status, 'q')
  if how == 'lost' then
    redis.call('HINCRBY', chunk, CHUNK.attempt, 1)
    redis.call('HINCRBY', chunk, CHUNK.deaths, 1)
  end
  redis.call('HINCRBY', batchOf(name), BATCH.running, -leftIn(c))
  noteOver(keys.flowPrefix .. c.lane, 1)
  return c.lane
end
-- What rows of a lane take and put out: the next chunks are as large as that allows.
local function noteRows(flow, rows, ms, bytes)
  local r = readRows(flow)
  local function smooth(before, seen)
    return string.format('%.3f', before and before * 0.7 + seen / rows * 0.3 or seen / rows)
  end
  redis.call('HSET', flow, FLOW.rowMs, smooth(r.rowMs, ms), FLOW.rowBytes, smooth(r.rowBytes, bytes))
end
local function settleChunk(name, run, attempt, lines, succeeded)
  local chunk, batch, id, number = keys.pack .. name, batchOf(name)
  local b, c = readSettled(batch), readChunk(chunk)
  local lane = c.lane or b.model and b.model .. '.' .. b.class
  local left = leftIn(c)
  local function free()
    if redis.call('ZREM', keys.outstandingPrefix .. lane, name) == 0 then return 0 end
    if left > 0 then redis.call('LPOP', loadOf(lane), left) end
    return 1
  end
  local claimed = chunk .. ':out' .. attempt
  if not c.status or not b.status or b.status == 'deleted' then
    redis.call('UNLINK', claimed)
    if lane then redis.call('HINCRBY', keys.flowPrefix .. lane, FLOW.over, free()) end
    return 'missing'
  end
  if c.status == 'e' and c.attempt == tostring(attempt) then return 'settled' end
  if c.status ~= 'r' or c.run ~= run or c.attempt ~= tostring(attempt) then
    redis.call('UNLINK', claimed)
    return 'late'
  end
  if lines == '' and redis.call('EXISTS', claimed) == 0 then
    returnChunk(name, run, 'released')
    redis.call('LPUSH', keys.readyPrefix .. lane, name)
    return 'late'
  end
  local items, after, flow, done = tonumber(c.items), tonumber(succeeded), keys.flowPrefix .. lane, batch .. ':done'
  local failed = items - after
  redis.call('HDEL', chunk, CHUNK.run, CHUNK.startedAtMs)
  if failed == 0 and not b.keepsInputs then redis.call('UNLINK', chunk .. ':in') end
  if lines == '' then redis.call('RENAME', claimed, chunk .. ':out')
  else redis.call('SET', chunk .. ':out', lines) end
  redis.call('HSET', chunk, CHUNK.status, 'e', CHUNK.succeeded, after)
  noteEnds(flow, { over = free(), bytes = c.bytes, ran = 1, runMs = now - c.startedAtMs })
  redis.call('INCRBY', keys.tenant .. b.tenant .. ':bytes', -c.bytes)
  redis.call('HINCRBY', batch, BATCH.running, -left)
  redis.call('HINCRBY', batch, BATCH.succeeded, left - failed)
  redis.call('HINCRBY', batch, BATCH.failed, failed)
  redis.call('ZADD', done, redis.call('HINCRBY', batch, BATCH.ends, 1), number)
  -- The batch ends within its window and is kept from then on. This is the longest time to live that
  -- the chunk can need; the sweep after the end sets the exact one.
  local longest = math.max(0, math.ceil((b.windowFromMs + b.windowMs - now) / 1000)) + b.retentionSeconds + 3600
  for _, key in ipairs({ chunk, chunk .. ':in', chunk .. ':out', done }) do redis.call('EXPIRE', key, longest) end
  if left > failed then
    noteRows(flow, left, now - c.startedAtMs, redis.call('STRLEN', chunk .. ':out') * left / items)
  end
  local most = tonumber(b.maxFailed)
  if isRunning(b) and most >= 0 and tonumber(b.failed or '0') + failed > most then
    redis.call('HSET', batch, BATCH.status, 'canceling', BATCH.endsAs, 'failed', BATCH.sweep, 'cancel', BATCH.sweepPosition, 0)
    redis.call('ZADD', keys.batchWork, now, id)
  end
  if not endBatchIfDone(batch, id) then tellBatch(batch, id, false) end
  return 'settled'
end
