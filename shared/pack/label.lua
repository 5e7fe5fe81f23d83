-- Writes down what a job that has ended should have answered, and has a courier write it where the job is captured.
-- Behind seat.lua and capture.lua. label: JSON
-- Answers labeled, same when it said so before, open, or missing.
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key or letter == 'D' then return 'missing' end
if letter == 'W' then return 'open' end
if redis.call('HGET', key, SEAT.label .. at) == label then return 'same' end
local p = readLabeled(key)
redis.call('HSET', key, SEAT.label .. at, label)
captureLabel({ name = string.match(key, ':pack:(.*)$'), via = p.via, attempt = p.attempt or '1', index = at, label = label })
return 'labeled'
