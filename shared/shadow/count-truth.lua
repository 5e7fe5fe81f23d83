-- Counts who was right in a pair, by the label of its live job: in the place of what an earlier label said, once.
-- Behind seat.lua. shadow: its id. cell: the field of the comparison. label: JSON.
-- Answers whether it was counted here.
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key or letter == 'D' then return 0 end
-- Whoever has brought another one counts that.
local said = redis.call('HGET', key, SEAT.label .. at)
if not said or string.sub(said, 3) ~= label then return 0 end
local lines, before, counts = {}, nil, nil
for line in string.gmatch(redis.call('HGET', key, SEAT.compared .. at) or '', '[^\n]+') do
  local id, name, was, begun = string.match(line, '^(%S+) (%S+) (%S+) (%S+)$')
  if id == shadow then
    before, counts, line = was, begun, id .. ' ' .. name .. ' ' .. cell .. ' ' .. begun
  end
  lines[#lines + 1] = line
end
-- A pair is forgotten with its comparison, also when another one has begun since.
if not before or before == cell or redis.call('HGET', comparison, COMPARISON.begun) ~= counts then return 0 end
redis.call('HSET', key, SEAT.compared .. at, table.concat(lines, '\n'))
if tonumber(redis.call('HGET', comparison, before) or '0') > 0 then
  redis.call('HINCRBYFLOAT', comparison, before, -1)
end
redis.call('HINCRBYFLOAT', comparison, cell, 1)
return 1
