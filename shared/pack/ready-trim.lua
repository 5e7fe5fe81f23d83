-- Takes packs of which nothing is left to do off the head of a ready list. Answers how many.
local gone = 0
for _, name in ipairs(redis.call('LRANGE', ready, 0, most - 1)) do
  local r = readHead(keys.pack .. name)
  local isChunk = string.find(name, '/', 1, true)
  if r.states and (isChunk and r.states == 'q' or not isChunk and string.find(r.states, 'W', 1, true)) then break end
  gone = gone + 1
end
if gone > 0 then redis.call('LTRIM', ready, gone, -1) end
return gone
