-- Marks jobs whose run has gone on for a moment, and tells who follows them.
-- KEYS one record a job
-- ARGV 1 run token, 2 prefix of the gateways' channels, then the id of each job
local words = {}
for k = 1, #KEYS do
  local r = redis.call('HMGET', KEYS[k], 's', 'r', 'w', 'g')
  if r[1] == 'running' and r[2] == ARGV[1] and not r[4] then
    redis.call('HSET', KEYS[k], 'g', '1')
    for gateway in string.gmatch(r[3] or '', '+([^ ]+)') do
      words[gateway] = (words[gateway] and words[gateway] .. ' ' or '') .. ARGV[k + 2]
    end
  end
end
for gateway, ids in pairs(words) do redis.call('PUBLISH', ARGV[2] .. gateway, ids) end
return #KEYS
