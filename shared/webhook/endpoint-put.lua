-- Makes a webhook endpoint, or changes one.
-- KEYS 1 endpoint, 2 ids of its tenant's, 3 enabled ones of its tenant, 4 breaker
-- ARGV 1 id, 2 most that a tenant may have ('' to change one), 3 the secrets that the first value replaces
--      ('' when it replaces none), then names and values of fields
-- Answers done, missing, full, or changed when the secrets are others by now
if ARGV[2] ~= '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then return 'done' end
  if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[2]) then return 'full' end
  redis.call('SADD', KEYS[2], ARGV[1])
elseif redis.call('EXISTS', KEYS[1]) == 0 then
  return 'missing'
end
if ARGV[3] ~= '' then
  local secrets = redis.call('HGET', KEYS[1], 'sec')
  if secrets ~= ARGV[3] and secrets ~= ARGV[5] then return 'changed' end
end
local before = redis.call('HGET', KEYS[1], 'st')
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
local r = redis.call('HMGET', KEYS[1], 'st', 'l')
if r[1] == 'enabled' then
  redis.call('HSET', KEYS[3], ARGV[1], r[2])
  -- Who enables it again gives it a fresh start.
  if before == 'disabled' then redis.call('DEL', KEYS[4]) end
else
  redis.call('HDEL', KEYS[3], ARGV[1])
end
return 'done'
