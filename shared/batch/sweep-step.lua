-- One step of a sweep over the chunks of a batch.
-- KEYS 1 batch, 2 outstanding, 3 load, 4 flow, 5 done, 6 work, 7 undispatched, 8 lanes, 9 recent
-- ARGV 1 batch id, 2 kind, 3 chunk to begin with, 4 how many, 5 lane name, 6 prefix of chunks,
--      7 prefix of tenants, 8 of the gateways' channels, 9 ms until the courier goes on if nobody does. Behind deliver.lua, end.lua, flow.lua and recent.lua
-- Answers { word, dispatches }: more; over; moved, when the sweep is elsewhere by now
local batch, kind = KEYS[1], ARGV[2]
local b = redis.call('HMGET', batch, 'wk', 'wp', 'k', 't', 'l', 'wb', 'to', 'at')
if b[1] ~= kind or b[2] ~= ARGV[3] then return { 'moved', {} } end
local first, chunks = tonumber(ARGV[3]), tonumber(b[3] or '0')
local last = math.min(first + tonumber(ARGV[4]), chunks) - 1
local dispatches, sums, bytes, running = {}, {}, 0, 0
local function add(field, count) sums[field] = (sums[field] or 0) + count end
local function launch(chunk, name, left, attempt)
  redis.call('HSET', chunk, 's', 'q')
  redis.call('HDEL', chunk, 'lw')
  redis.call('ZADD', KEYS[2], now, name)
  local ones = {}
  for i = 1, left do ones[i] = '1' end
  for i = 1, left, 4000 do redis.call('RPUSH', KEYS[3], unpack(ones, i, math.min(i + 3999, left))) end
  local mark = '{"v":1,"lane":"' .. ARGV[5] .. '","chunk":"' .. name .. '","rows":' .. left
    .. (attempt > 1 and ',"attempt":' .. attempt or '') .. '}'
  redis.call('ZADD', KEYS[7], now, mark)
  dispatches[#dispatches + 1] = mark
end
local ttl = kind == 'keep' and redis.call('PTTL', batch)
local field = { e = 'ko', c = 'cn', x = 'ex' }
for number = first, last do
  local name = ARGV[1] .. '/' .. number
  local chunk = ARGV[6] .. name
  if kind == 'erase' then
    redis.call('UNLINK', chunk, chunk .. ':in', chunk .. ':out')
  elseif kind == 'keep' then
    for _, part in ipairs({ '', ':in', ':out' }) do redis.call('PEXPIRE', chunk .. part, ttl) end
  else
    local c = redis.call('HMGET', chunk, 's', 'n', 'ok', 'z', 'a')
    local status, left = c[1], tonumber(c[2] or '0') - tonumber(c[3] or '0')
    if kind == 'launch' then
      if status == 'u' then launch(chunk, name, left, 1) end
    elseif kind == 'retry' then
      for _, part in ipairs({ '', ':in', ':out' }) do redis.call('PERSIST', chunk .. part) end
      if field[status] and left > 0 and redis.call('EXISTS', chunk .. ':in') == 1 then
        add(field[status], -left)
        bytes = bytes + c[4]
        redis.call('ZREM', KEYS[5], number)
        redis.call('HSET', chunk, 'a', c[5] + 1, 'ab', c[5] + 1, 'ba', b[8])
        for _, name in ipairs(redis.call('HKEYS', chunk)) do
          if string.match(name, '^q%d') then redis.call('HDEL', chunk, name) end
        end
        launch(chunk, name, left, c[5] + 1)
      end
    elseif status == 'u' or status == 'q' or status == 'r' then
      local final = b[7] == 'expired' and 'x' or 'c'
      if status ~= 'u' and redis.call('ZREM', KEYS[2], name) == 1 then redis.call('LPOP', KEYS[3], left) end
      if status == 'r' then
        add('rn', -left)
        running = running + 1
      end
      add(field[final], left)
      bytes = bytes - c[4]
      redis.call('HSET', chunk, 's', final)
      redis.call('HDEL', chunk, 'r', 'sa', 'lw')
      redis.call('ZADD', KEYS[5], redis.call('HINCRBY', batch, 'sq', 1), number)
    end
  end
end
for name, count in pairs(sums) do redis.call('HINCRBY', batch, name, count) end
if bytes ~= 0 then
  redis.call('HINCRBY', KEYS[4], 'bytes', bytes)
  redis.call('HINCRBY', ARGV[7] .. b[4], 'bytes', bytes)
end
if running > 0 then noteOver(KEYS[4], running) end
if #dispatches > 0 then
  redis.call('SADD', KEYS[8], ARGV[5])
  noteRecent(KEYS[9])
end
if last + 1 < chunks then
  redis.call('HSET', batch, 'wp', last + 1)
  redis.call('ZADD', KEYS[6], now + ARGV[9], ARGV[1])
  return { 'more', dispatches }
end
redis.call('HDEL', batch, 'wk', 'wp')
if kind == 'keep' or kind == 'erase' then
  if kind == 'keep' then redis.call('PEXPIRE', KEYS[5], ttl) end
  redis.call('ZREM', KEYS[6], ARGV[1])
else
  redis.call('ZADD', KEYS[6], b[6] + string.match(b[5], '^%d+'), ARGV[1])
  endBatchIfDone({ batch = batch, id = ARGV[1], now = now, work = KEYS[6], tenants = ARGV[7], channels = ARGV[8] })
end
return { 'over', dispatches }
