-- Behind flow.lua.
-- Takes a chunk for one run and reads what running it needs.
-- KEYS 1 flow, 2 batch, 3 chunk, 4 its items, 5 its lines
-- ARGV 1 run token: the same token twice is the same run, 2 record format we know,
--      3 attempt that the dispatch was made for
-- Answers 0 when there is nothing to run, 1 when the batch is of another format, else { attempt, index
--   of the first item, queued, started, parameters, items, lines of an earlier attempt, number of
--   items, attempt of the batch, then offset and exclusive runs of each item that had such }
local b = redis.call('HMGET', KEYS[2], 's', 'v', 'cl', 'p', 'sa')
if b[2] and b[2] ~= ARGV[2] then return 1 end
if b[1] ~= 'in_progress' then return 0 end
local c = redis.call('HGETALL', KEYS[3])
local f = {}
for i = 1, #c, 2 do f[c[i]] = c[i + 1] end
if (f.s ~= 'q' and f.s ~= 'r') or (f.ab or '1') ~= ARGV[3] then return 0 end
local attempt, started = tonumber(f.a), f.sa
if f.r ~= ARGV[1] then
  if f.s == 'r' or f.lw then attempt = attempt + 1 end
  started = now
  redis.call('HSET', KEYS[3], 's', 'r', 'a', attempt, 'r', ARGV[1], 'sa', started)
  redis.call('HDEL', KEYS[3], 'lw')
  if not b[5] then redis.call('HSET', KEYS[2], 'sa', started) end
  if f.s == 'q' then
    redis.call('HINCRBY', KEYS[2], 'rn', f.n - (f.ok or 0))
    noteBegun(KEYS[1], 1)
  end
end
local found = { attempt, f.f, b[3], started, b[4], redis.call('GET', KEYS[4]) or '',
  redis.call('GET', KEYS[5]) or '', f.n, f.ba or '1' }
for name, value in pairs(f) do
  local offset = string.match(name, '^q(%d+)$')
  if offset then
    found[#found + 1] = offset
    found[#found + 1] = value
  end
end
return found
