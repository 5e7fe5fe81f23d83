-- Counts a pair, once: whoever takes the shadow out of the set of those that have ended counts it. The live job keeps
-- which shadow it was, and which comparison it counts in: a label that comes later counts for the pair, too. Behind
-- seat.lua.
-- increments: fields of the comparison and by how much they grow. disagreement: JSON, or ''. seconds: how long what
-- is counted is kept.
-- Answers { whether it was counted here, the label of the live job where it has one }.
if redis.call('ZREM', ends, member) == 0 then return { 0 } end
for i = 1, #increments, 2 do redis.call('HINCRBYFLOAT', comparison, increments[i], increments[i + 1]) end
redis.call('HSETNX', comparison, COMPARISON.begun, string.sub(string.match(shadow, '^%S+'), -12))
redis.call('EXPIRE', comparison, seconds)
if disagreement ~= '' then
  redis.call('LPUSH', disagreements, disagreement)
  redis.call('LTRIM', disagreements, 0, most - 1)
  redis.call('EXPIRE', disagreements, seconds)
end
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key or letter == 'D' then return { 1 } end
local before = redis.call('HGET', key, SEAT.compared .. at)
local line = shadow .. ' - ' .. redis.call('HGET', comparison, COMPARISON.begun)
redis.call('HSET', key, SEAT.compared .. at, (before and before .. '\n' or '') .. line)
local label = redis.call('HGET', key, SEAT.label .. at)
return { 1, label and string.sub(label, 3) }
