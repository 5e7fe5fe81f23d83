-- Makes a lane's load list as long as its outstanding units say: one element a job, one an item of a chunk
-- that has not succeeded. No script changes that difference, so a fault stays until it is mended here.
-- KEYS 1 outstanding, 2 load, 3 flow, 4 work of batches
-- ARGV 1 prefix of chunks, 2 most units that are looked at one by one
-- Answers { elements added, elements taken off, counts of the flow set to nothing }
local units, load = redis.call('ZCARD', KEYS[1]), redis.call('LLEN', KEYS[2])
local wanted, most = 0, tonumber(ARGV[2])
if units <= most then
  for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if string.find(name, '/', 1, true) then
      local chunk = redis.call('HMGET', ARGV[1] .. name, 'n', 'ok')
      wanted = wanted + (chunk[1] or 0) - (chunk[2] or 0)
    else
      wanted = wanted + 1
    end
  end
else
  -- Too many to look at. Each counts for one at least; what is more is mended when fewer are left.
  wanted = math.max(units, load)
end
local missing = wanted - load
if missing < 0 then redis.call('LTRIM', KEYS[2], 0, wanted - 1) end
if wanted == 0 then redis.call('DEL', KEYS[2]) end
for i = 1, missing, 4000 do
  local ones = {}
  for k = 1, math.min(4000, missing - i + 1) do ones[k] = '1' end
  redis.call('RPUSH', KEYS[2], unpack(ones))
end
-- At rest a lane runs nothing, and without batches holds no bytes: those of an upload are not outstanding yet.
local zeroed = 0
local function zero(field)
  if (redis.call('HGET', KEYS[3], field) or '0') == '0' then return end
  redis.call('HSET', KEYS[3], field, 0)
  zeroed = zeroed + 1
end
if units == 0 then
  zero('running')
  if redis.call('ZCARD', KEYS[4]) == 0 then zero('bytes') end
end
return { math.max(0, missing), math.max(0, -missing), zeroed }
