-- Stores the events that tell of a batch while it runs: results, and progress.
-- Answers how many events were looked at.
local b = readBatch(batch)
if not b.status or b.status == 'deleted' then return redis.call('ZREM', keys.batchNews, id) * 0 end
local most, events, pending = tonumber(itemsMost), 0, tonumber(b.deliveries or '0')
local function tell(letter, extra)
  events = events + 1
  local number = redis.call('HINCRBY', batch, BATCH.eventsTold, 1)
  pending = deliver({ key = batch, id = id, tenant = b.tenant, wh = b.webhook, pending = pending, letter = letter,
    name = number .. letter, attempt = letter == 'R' and (b.attempt or 1) or '', extra = extra })
end
-- Results: events are filled, with a chunk in parts where it does not fit. Each part
-- is <chunk>.<offset>.<items>.<attempt told>.<attempt>: of a chunk that was retried, the lines of the
-- attempts after the one that was told before, so that what succeeded then is not told twice.
local ended = b.endedAtMs and true
local chunks = redis.call('ZRANGEBYSCORE', done, '(' .. (b.endsTold or 0), '+inf', 'WITHSCORES', 'LIMIT', 0, 2000)
local parts, told, items, upTo, isMore = {}, {}, 0, b.endsTold or '0', #chunks == 4000
-- The first part of a chunk is told and its rest is not: the next call would tell it from its start.
local isParted = false
local function flush()
  if items == 0 then return end
  tell('R', table.concat(parts, ' '))
  redis.call('HSET', batch, BATCH.endsTold, upTo)
  for chunk, attempt in pairs(told) do redis.call('HSET', chunk, CHUNK.attemptTold, attempt) end
  parts, told, items, isParted = {}, {}, 0, false
end
for i = 1, #chunks, 2 do
  if events >= tonumber(eventsMost) then
    isMore = true
    break
  end
  local chunk = keys.pack .. id .. '/' .. chunks[i]
  local c = readChunk(chunk)
  local count, attempts = tonumber(c.items or '0'), '.' .. (c.attemptTold or 0) .. '.' .. (c.batchAttempt or 1)
  local from = 0
  local function add(part)
    if part > 0 then parts[#parts + 1] = chunks[i] .. '.' .. from .. '.' .. part .. attempts end
    from, items = from + part, items + part
  end
  while items + count - from > most do
    add(most - items)
    flush()
  end
  isParted = from > 0 or isParted
  add(count - from)
  told[chunk], upTo = c.batchAttempt or 1, chunks[i + 1]
end
if isParted or ended and not isMore then flush() end
-- Progress.
local counts = table.concat({ b.running or 0, b.succeeded or 0, b.failed or 0, b.canceled or 0, b.expired or 0 }, ' ')
if not ended and b.startedAtMs and now - (b.progressToldAtMs or 0) >= tonumber(progressMs) and counts ~= b.progressTold then
  redis.call('HSET', batch, BATCH.progressToldAtMs, now, BATCH.progressTold, counts)
  tell('P', snapshot(b))
end
if ended and events > 0 then
  local kept = keepSeconds(b.retentionSeconds, pending)
  if redis.call('PTTL', batch) < kept * 1000 and pending > 0 then
    redis.call('EXPIRE', batch, kept)
    redis.call('EXPIRE', batch .. ':ev', kept)
    redis.call('HSET', batch, BATCH.sweep, 'keep', BATCH.sweepPosition, 0)
    redis.call('ZADD', keys.batchWork, now, id)
  end
end
if ended and not isMore then redis.call('ZREM', keys.batchNews, id)
else redis.call('ZADD', keys.batchNews, now + (isMore and 0 or lookMs), id) end
return events
