-- Counts the pairs of a chunk and moves the position behind it, together: a chunk that was counted is not
-- counted again. The last one of `chunks` ends the replay.
-- increments: fields of the comparison and by how much they grow. differing: JSON, a list of JSON texts.
-- Answers the position; -1 when it is not being compared.
local r = readReplay(replay)
if r.status ~= 'comparing' and r.status ~= 'completed' then return -1 end
local seen = tonumber(r.position or '0')
if r.status == 'completed' or seen ~= tonumber(position) then return seen end
for i = 1, #increments, 2 do redis.call('HINCRBYFLOAT', comparison, increments[i], increments[i + 1]) end
for _, text in ipairs(cjson.decode(differing)) do redis.call('LPUSH', disagreements, text) end
redis.call('LTRIM', disagreements, 0, most - 1)
redis.call('HINCRBY', replay, REPLAY.compared, compared)
redis.call('HINCRBY', replay, REPLAY.leftOut, leftOut)
redis.call('HSET', replay, REPLAY.position, seen + 1)
local seconds = redis.call('TTL', replay)
if seen + 1 == tonumber(chunks) then
  redis.call('HSET', replay, REPLAY.status, 'completed', REPLAY.endedAtMs, now)
  redis.call('ZREM', work, id)
  seconds = r.retentionSeconds
end
for _, key in ipairs({ replay, comparison, disagreements }) do redis.call('EXPIRE', key, seconds) end
return seen + 1
