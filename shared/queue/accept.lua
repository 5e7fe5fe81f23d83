-- Makes jobs durable: record, outstanding unit, load element, and the mark of each dispatch.
-- KEYS 1 outstanding, 2 load, 3 undispatched, 4 lanes, then one record a job
-- ARGV 1 now (ms), 2 most outstanding, 3 lane name, 4 number of marks, the marks,
--      then per job: id, 1 if its payload has a key of its own, number of values, field, value, ...
-- Answers a verdict per job: accepted, queue_full, input_lost
local room = tonumber(ARGV[2]) - redis.call('ZCARD', KEYS[1])
local i = 5 + tonumber(ARGV[4])
local verdicts = {}
local fresh = 0
for k = 5, #KEYS do
  local id, own, count = ARGV[i], ARGV[i + 1] == '1', tonumber(ARGV[i + 2])
  local verdict = 'accepted'
  if redis.call('EXISTS', KEYS[k]) == 0 then
    if room <= 0 then
      verdict = 'queue_full'
      if own then redis.call('UNLINK', KEYS[k] .. ':in') end
    elseif own and redis.call('PERSIST', KEYS[k] .. ':in') == 0 then
      verdict = 'input_lost'
    else
      redis.call('HSET', KEYS[k], unpack(ARGV, i + 3, i + 2 + count))
      redis.call('ZADD', KEYS[1], ARGV[1], id)
      redis.call('RPUSH', KEYS[2], '1')
      room = room - 1
      fresh = fresh + 1
    end
  end
  verdicts[#verdicts + 1] = verdict
  i = i + 3 + count
end
if fresh > 0 then
  redis.call('SADD', KEYS[4], ARGV[3])
  for m = 5, 4 + tonumber(ARGV[4]) do redis.call('ZADD', KEYS[3], ARGV[1], ARGV[m]) end
end
return verdicts
