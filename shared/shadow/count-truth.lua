-- Counts who was right in a pair, by the label of its live job: in the place of what an earlier label said, once.
-- Behind seat.lua. shadow: its id. cell: the field of the comparison. label: JSON.
-- Answers whether it was counted here.
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key or letter == 'D' then return 0 end
-- Whoever has brought another one counts that.
local said = redis.call('HGET', key, SEAT.label .. at)
if not said or string.sub(said, 3) ~= label then return 0 end
local lines, before = {}, nil
for line in string.gmatch(redis.call('HGET', key, SEAT.compared .. at) or '', '[^\n]+') do
  local id, name, was = string.match(line, '^(%S+) (%S+) (%S+)$')
  if id == shadow then
    before, line = was, id .. ' ' .. name .. ' ' .. cell
  end
  lines[#lines + 1] = line
end
-- The pair was forgotten with its comparison.
if not before or before == cell or redis.call('EXISTS', comparison) == 0 then return 0 end
redis.call('HSET', key, SEAT.compared .. at, table.concat(lines, '\n'))
if tonumber(redis.call('HGET', comparison, before) or '0') > 0 then
  redis.call('HINCRBYFLOAT', comparison, before, -1)
end
redis.call('HINCRBYFLOAT', comparison, cell, 1)
return 1
