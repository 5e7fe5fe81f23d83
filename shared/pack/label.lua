-- Writes down what a job that has ended should have answered, counts whether that is what it did answer, and has a courier
-- write it where the job is captured. Behind seat.lua and capture.lua.
-- label: JSON. outcome: a letter of label.ts. seconds: how long what is counted is kept
-- Answers { verdict, shadows that were compared with it }: labeled, same when it said so before, open, or missing.
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key or letter == 'D' then return { 'missing' } end
if letter == 'W' then return { 'open' } end
local before, text = redis.call('HGET', key, SEAT.label .. at), outcome .. ' ' .. label
local compared = redis.call('HGET', key, SEAT.compared .. at) or ''
if before == text then return { 'same', compared } end
local p = readLabeled(key)
redis.call('HSET', key, SEAT.label .. at, text)
if accuracy then
  -- Another label takes the place of the one before, also where they are counted.
  if before then redis.call('HINCRBY', accuracy, string.sub(before, 1, 1), -1) end
  redis.call('HINCRBY', accuracy, outcome, 1)
  redis.call('EXPIRE', accuracy, seconds)
end
captureLabel({ name = string.match(key, ':pack:(.*)$'), via = p.via, attempt = p.attempt or '1', index = at, label = label })
return { 'labeled', compared }
