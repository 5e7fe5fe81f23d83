-- Makes a lane's load list, or the one that stands in for it while the lane is paused, as long as its outstanding packs
-- say: one element an open job, one an item of a chunk
-- that has not succeeded. No script changes that difference, so a fault stays until it is mended here.
-- Answers { elements added, elements taken off, counts of the flow set to nothing }.
local f = readFlow(flow)
local counts, other = load, held
if f.pausedAtMs then counts, other = held, load end
local units, length, wanted = redis.call('ZCARD', outstanding), redis.call('LLEN', counts), 0
local astray = redis.call('LLEN', other)
if astray > 0 then redis.call('UNLINK', other) end
if units <= tonumber(most) then
  for _, name in ipairs(redis.call('ZRANGE', outstanding, 0, -1)) do
    if string.find(name, '/', 1, true) then
      local c = readChunk(keys.pack .. name)
      wanted = wanted + (c.items or 0) - (c.succeeded or 0)
    else
      local _, open = string.gsub(readPack(keys.pack .. name).states or '', 'W', '')
      wanted = wanted + open
    end
  end
else
  -- Too many to look at. Each counts for one at least; what is more is mended when fewer are left.
  wanted = math.max(units, length)
end
local missing = wanted - length
if missing < 0 then redis.call('LTRIM', counts, 0, wanted - 1) end
if wanted == 0 then redis.call('DEL', counts) end
for i = 1, missing, 4000 do
  local ones = {}
  for k = 1, math.min(4000, missing - i + 1) do ones[k] = '1' end
  redis.call('RPUSH', counts, unpack(ones))
end
-- At rest a lane runs nothing, all that it accepted has ended, and without batches it holds no bytes: those of an
-- upload are not outstanding yet.
local zeroed = 0
local function reset(field, is, value)
  if tonumber(is or 0) == tonumber(value or 0) then return end
  redis.call('HSET', flow, field, value)
  zeroed = zeroed + 1
end
if units == 0 then
  reset(FLOW.running, f.running, 0)
  reset(FLOW.over, f.over, f.accepted)
  if redis.call('ZCARD', keys.batchWork) == 0 then reset(FLOW.bytes, f.bytes, 0) end
end
return { math.max(0, missing), math.max(0, -missing) + astray, zeroed }
