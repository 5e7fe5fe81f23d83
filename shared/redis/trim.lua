-- Takes members whose records have expired out of a tenant's listing. Behind the name of a record there may be ':'
-- and which of its jobs are the tenant's.
-- With a rank, of the `count` members from there on. With '', of those that have come to one of the ages since the
-- instant `since`: of all until now, or of the next slice of time when the listing is long.
-- Answers the time, until when it has looked, how many members it leaves where it looked, and how many it took.
local FEW, SLICE_MS, NAMES_AT_ONCE = 1000, 2000, 1000
local left, taken = 0, 0

local function takeGone(ids)
  local names, gone = {}, {}
  for i, id in ipairs(ids) do names[i] = records .. string.match(id, '^[^:]*') end
  -- One command says of all of them whether any is to be looked for.
  if #names > 0 and redis.call('EXISTS', unpack(names)) < #names then
    for i, name in ipairs(names) do
      if redis.call('EXISTS', name) == 0 then gone[#gone + 1] = ids[i] end
    end
  end
  if #gone > 0 then redis.call('ZREM', listing, unpack(gone)) end
  left, taken = left + #ids - #gone, taken + #gone
end

if rank ~= '' then
  takeGone(redis.call('ZRANGE', listing, rank, rank + count - 1))
  return { now, now, left, taken }
end
local length = redis.call('ZCARD', listing)
if length == 0 then return { now, now, 0, 0 } end
local untilMs = length <= FEW and now or math.min(now, since + SLICE_MS)
local oldest = tonumber(redis.call('ZRANGE', listing, 0, 0, 'WITHSCORES')[2])
for _, age in ipairs(ages) do
  if untilMs - age < oldest then break end
  local ids = redis.call('ZRANGEBYSCORE', listing, '(' .. since - age, untilMs - age)
  for first = 1, #ids, NAMES_AT_ONCE do
    takeGone({ unpack(ids, first, math.min(#ids, first + NAMES_AT_ONCE - 1)) })
  end
end
return { now, untilMs, left, taken }
