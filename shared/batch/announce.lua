-- Stores the events that tell of a batch while it runs: results, and progress. Behind deliver.lua and
-- end.lua.
-- KEYS 1 batch, 2 done, 3 news, 4 work
-- ARGV 1 id, 2 prefix of chunks, 3 most items of an event, 4 ms
--      between two events of progress, 5 ms until the next look, 6 most events of one call
-- Answers how many events were looked at
local batch = KEYS[1]
local b = readBatch(batch)
if not b.s or b.s == 'deleted' then return redis.call('ZREM', KEYS[3], ARGV[1]) * 0 end
local most, events, pending = tonumber(ARGV[3]), 0, tonumber(b.dp or '0')
local function tell(letter, extra)
  events = events + 1
  local number = redis.call('HINCRBY', batch, 'an', 1)
  pending = deliver({ key = batch, id = ARGV[1], tenant = b.t, wh = b.wh, pending = pending,
    letter = letter, name = number .. letter, attempt = letter == 'R' and (b.at or 1) or '', extra = extra })
end
-- Results: as many chunks an event as have no more items than it may, a larger chunk in parts. Each part
-- is <chunk>.<offset>.<items>.<attempt told>.<attempt>: of a chunk that was retried, the lines of the
-- attempts after the one that was told before, so that what succeeded then is not told twice.
local ended = b.ea and true
local chunks = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. (b.aq or 0), '+inf', 'WITHSCORES', 'LIMIT', 0, 2000)
local parts, told, items, upTo, isMore = {}, {}, 0, b.aq or '0', #chunks == 4000
local function flush()
  if items == 0 then return end
  tell('R', table.concat(parts, ' '))
  redis.call('HSET', batch, 'aq', upTo)
  for chunk, attempt in pairs(told) do redis.call('HSET', chunk, 'tl', attempt) end
  parts, told, items = {}, {}, 0
end
for i = 1, #chunks, 2 do
  if events >= tonumber(ARGV[6]) then
    isMore = true
    break
  end
  local chunk = ARGV[2] .. ARGV[1] .. '/' .. chunks[i]
  local c = redis.call('HMGET', chunk, 'n', 'tl', 'ba')
  local count, attempts = tonumber(c[1] or '0'), '.' .. (c[2] or 0) .. '.' .. (c[3] or 1)
  if items + count > most then flush() end
  local from = 0
  while count - from > most do
    tell('R', chunks[i] .. '.' .. from .. '.' .. most .. attempts)
    from = from + most
  end
  if count > from then
    parts[#parts + 1] = chunks[i] .. '.' .. from .. '.' .. count - from .. attempts
    told[chunk] = c[3] or 1
  end
  items, upTo = items + count - from, chunks[i + 1]
  -- Its first parts are told: they must not be again, by the next call.
  if from > 0 then flush() end
end
if ended and not isMore then flush() end
-- Progress.
local counts = table.concat({ b.rn or 0, b.ok or 0, b.ko or 0, b.cn or 0, b.ex or 0 }, ' ')
if not ended and b.sa and now - (b.ap or 0) >= tonumber(ARGV[4]) and counts ~= b.as then
  redis.call('HSET', batch, 'ap', now, 'as', counts)
  tell('P', snapshot(b))
end
if ended and events > 0 then
  local kept = keepSeconds(string.match(b.l, '^%d+ (%d+)'), pending)
  if redis.call('PTTL', batch) < kept * 1000 and pending > 0 then
    redis.call('EXPIRE', batch, kept)
    redis.call('EXPIRE', batch .. ':ev', kept)
    redis.call('HSET', batch, 'wk', 'keep', 'wp', 0)
    redis.call('ZADD', KEYS[4], now, ARGV[1])
  end
end
if ended and not isMore then redis.call('ZREM', KEYS[3], ARGV[1])
else redis.call('ZADD', KEYS[3], now + (isMore and 0 or ARGV[5]), ARGV[1]) end
return events
