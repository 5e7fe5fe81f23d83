-- Writes down how far files are sure, and with that takes what was written to them off the stream, all in one step.
-- places: JSON, [path, bytes before, bytes now] each; now -1: nothing more is written to it
-- Answers done, or lost: another courier writes by now, or Redis knows of another state of the files; nothing is changed.
local c, written = readCapture(capture), cjson.decode(places)
if c.owner ~= owner or c.term ~= term then return 'lost' end
for _, place in ipairs(written) do
  local known = tonumber(redis.call('HGET', files, place[1]) or place[2])
  if known ~= place[2] and known ~= place[3] then return 'lost' end
end
-- First, because it frees: a script that has written is not refused at maxmemory.
redis.call('HDEL', files, '-')
-- What was retried since runs with its inputs.
local function release(item)
  local p = readReleased(item.pack)
  if not p.states or string.find(p.states, 'W', 1, true) or (p.attempt or '1') ~= item.attempt then return end
  redis.call('HDEL', item.pack, PACK.inputs)
  if p.states == 'S' then redis.call('UNLINK', item.pack .. ':in') end
end
local function count(field, many)
  if many ~= 0 then redis.call('HINCRBY', capture, field, many) end
end
for item in items() do
  if redis.call('XDEL', captures, item.id) == 1 then
    count(CAPTURE.bytes, -item.bytes)
    count(CAPTURE.written, tonumber(item.written))
    count(CAPTURE.gone, tonumber(item.gone))
    count(CAPTURE.unreadable, tonumber(item.unreadable))
    if item.bytes ~= '0' then release(item) end
  end
end
for _, place in ipairs(written) do
  if place[3] < 0 then redis.call('HDEL', files, place[1]) else redis.call('HSET', files, place[1], place[3]) end
end
redis.call('HSET', capture, CAPTURE.leaseUntilMs, now + leaseMs)
return 'done'
