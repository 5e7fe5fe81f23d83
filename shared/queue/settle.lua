-- Ends jobs: outcome, outstanding unit, load element, time to live, and word to who waits.
-- KEYS 1 outstanding, 2 load, then one record a job
-- ARGV 1 now (ms), 2 prefix of the gateways' channels, 3 seconds a result is kept,
--      then per job: id, attempt that ran ('' for any), status, body, metrics ('' for none)
-- Answers a verdict per job: settled, late (ended before, or another attempt), missing
local verdicts = {}
local words = {}
for k = 3, #KEYS do
  local i = 4 + 5 * (k - 3)
  local key, id, status = KEYS[k], ARGV[i], ARGV[i + 2]
  local r = redis.call('HMGET', key, 's', 'a', 'w')
  local verdict = 'late'
  if not r[1] then
    verdict = 'missing'
    if redis.call('ZREM', KEYS[1], id) == 1 then redis.call('LPOP', KEYS[2]) end
  elseif (r[1] == 'queued' or r[1] == 'running') and (ARGV[i + 1] == '' or ARGV[i + 1] == r[2]) then
    verdict = 'settled'
    local succeeded = status == 'succeeded'
    -- First, because it frees: a script that has written is not refused at maxmemory.
    redis.call('HDEL', key, 'r', 'w', succeeded and 'i' or 'r')
    local body, metrics = succeeded and 'o' or 'e', ARGV[i + 4]
    if metrics == '' then redis.call('HSET', key, 's', status, 'ea', ARGV[1], body, ARGV[i + 3])
    else redis.call('HSET', key, 's', status, 'ea', ARGV[1], body, ARGV[i + 3], 'x', metrics) end
    redis.call('EXPIRE', key, ARGV[3])
    if succeeded then redis.call('UNLINK', key .. ':in')
    else redis.call('EXPIRE', key .. ':in', ARGV[3]) end
    if redis.call('ZREM', KEYS[1], id) == 1 then redis.call('LPOP', KEYS[2]) end
    for gateway in string.gmatch(r[3] or '', '%S+') do
      words[gateway] = (words[gateway] and words[gateway] .. ' ' or '') .. id
    end
  end
  verdicts[#verdicts + 1] = verdict
end
for gateway, ids in pairs(words) do redis.call('PUBLISH', ARGV[2] .. gateway, ids) end
return verdicts
