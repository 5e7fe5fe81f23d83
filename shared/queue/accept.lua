-- Makes jobs durable: record, outstanding unit, load element, and the mark of each dispatch.
-- KEYS 1 outstanding, 2 load, 3 undispatched, 4 lanes, then one record a job
-- ARGV 1 now (ms), 2 most outstanding, 3 lane name, 4 model, 5 class, 6 record version,
--      7 number of marks, the marks, then per job: id, 1 if its payload has a key of its own,
--      tenant, rows, form, parameters, created, metadata, waiter, payload ('' for none)
-- Answers a verdict per job: accepted, queue_full, input_lost
local room = tonumber(ARGV[2]) - redis.call('ZCARD', KEYS[1])
local i = 8 + tonumber(ARGV[7])
local verdicts = {}
local fresh = 0
local optional = { 'd', 'w', 'i' }
for k = 5, #KEYS do
  local id, own = ARGV[i], ARGV[i + 1] == '1'
  local verdict = 'accepted'
  if redis.call('EXISTS', KEYS[k]) == 0 then
    if room <= 0 then
      verdict = 'queue_full'
      if own then redis.call('UNLINK', KEYS[k] .. ':in') end
    elseif own and redis.call('PERSIST', KEYS[k] .. ':in') == 0 then
      verdict = 'input_lost'
    else
      local record = { 'v', ARGV[6], 'm', ARGV[4], 'c', ARGV[5], 't', ARGV[i + 2], 's', 'queued', 'a', '1',
        'n', ARGV[i + 3], 'f', ARGV[i + 4], 'p', ARGV[i + 5], 'ca', ARGV[i + 6] }
      for f, name in ipairs(optional) do
        local value = ARGV[i + 6 + f]
        if value ~= '' then
          record[#record + 1] = name
          record[#record + 1] = value
        end
      end
      redis.call('HSET', KEYS[k], unpack(record))
      redis.call('ZADD', KEYS[1], ARGV[1], id)
      redis.call('RPUSH', KEYS[2], '1')
      room = room - 1
      fresh = fresh + 1
    end
  end
  verdicts[#verdicts + 1] = verdict
  i = i + 10
end
if fresh > 0 then
  redis.call('SADD', KEYS[4], ARGV[3])
  for m = 8, 7 + tonumber(ARGV[7]) do redis.call('ZADD', KEYS[3], ARGV[1], ARGV[m]) end
end
return verdicts
