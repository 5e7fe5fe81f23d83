-- Ends jobs: outcome, outstanding unit, load element, deadline, time to live, webhooks, and word to who
-- waits. Behind deliver.lua, flow.lua and pace.lua.
-- KEYS 1 outstanding, 2 load, 3 flow, 4 due, then one record a job
-- ARGV 1 prefix of the gateways' channels, 2 prefix of tenants,
--      then per job: id, what it must be ('' for any, its attempt, or status/attempt), status, body,
--      metrics ('' for none)
-- Answers a verdict per job: settled, late (ended before, or another attempt), missing
local LETTERS = { succeeded = 'S', failed = 'F', canceled = 'C', expired = 'E' }
local verdicts = {}
local words = {}
local tenants = {}
local settled, wasRunning, bytes, runMs = 0, 0, 0, 0
for k = 5, #KEYS do
  local i = 3 + 5 * (k - 5)
  local key, id, expected, status = KEYS[k], ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local r = redis.call('HMGET', key, 's', 'a', 'w', 't', 'b', 'sa', 'l', 'wh', 'dp')
  local verdict = 'late'
  if not r[1] then
    verdict = 'missing'
    redis.call('ZREM', KEYS[4], id)
    if redis.call('ZREM', KEYS[1], id) == 1 then redis.call('LPOP', KEYS[2]) end
  elseif (r[1] == 'queued' or r[1] == 'running')
    and (expected == '' or expected == r[2] or expected == r[1] .. '/' .. r[2]) then
    verdict = 'settled'
    local succeeded = status == 'succeeded'
    local size = tonumber(r[5] or '0')
    local kept = string.match(r[7] or '', '%d+$') or '3600'
    -- First, because it frees: a script that has written is not refused at maxmemory.
    redis.call('HDEL', key, 'r', 'w', 'g', 'lw', succeeded and 'i' or 'r')
    local body, metrics = succeeded and 'o' or 'e', ARGV[i + 4]
    if metrics == '' then redis.call('HSET', key, 's', status, 'ea', now, body, ARGV[i + 3])
    else redis.call('HSET', key, 's', status, 'ea', now, body, ARGV[i + 3], 'x', metrics) end
    local pending = tonumber(r[9] or '0')
    if isAwaited(r[4], r[8]) then
      pending = deliver({ key = key, id = id, tenant = r[4], wh = r[8], pending = r[9],
        letter = LETTERS[status], name = r[2] .. LETTERS[status], attempt = r[2] })
    end
    if pending > 0 then
      kept = keepSeconds(kept, pending)
      redis.call('EXPIRE', key .. ':ev', kept)
    end
    redis.call('EXPIRE', key, kept)
    if succeeded then redis.call('UNLINK', key .. ':in')
    else redis.call('EXPIRE', key .. ':in', kept) end
    if redis.call('ZREM', KEYS[1], id) == 1 then redis.call('LPOP', KEYS[2]) end
    redis.call('ZREM', KEYS[4], id)
    settled, bytes = settled + 1, bytes + size
    if r[1] == 'running' then
      wasRunning, runMs = wasRunning + 1, runMs + now - (r[6] or now)
    end
    local t = tenants[r[4]] or { 0, 0 }
    t[1], t[2] = t[1] + 1, t[2] + size
    tenants[r[4]] = t
    for gateway in string.gmatch(r[3] or '', '[^ +]+') do
      words[gateway] = (words[gateway] and words[gateway] .. ' ' or '') .. id
    end
  end
  verdicts[#verdicts + 1] = verdict
end
if settled > 0 then
  for tenant, t in pairs(tenants) do
    redis.call('HINCRBY', ARGV[2] .. tenant, 'jobs', -t[1])
    redis.call('HINCRBY', ARGV[2] .. tenant, 'bytes', -t[2])
  end
  redis.call('HINCRBY', KEYS[3], 'bytes', -bytes)
end
if wasRunning > 0 then
  noteOver(KEYS[3], wasRunning)
  notePace(KEYS[3], wasRunning, runMs)
end
for gateway, ids in pairs(words) do redis.call('PUBLISH', ARGV[1] .. gateway, ids) end
return verdicts
