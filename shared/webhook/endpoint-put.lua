-- Makes a webhook endpoint, or changes one.
-- Answers done, missing, full, or changed when the secrets are others by now.
if most ~= '' then
  if redis.call('EXISTS', endpoint) == 1 then return 'done' end
  if redis.call('SCARD', endpoints) >= tonumber(most) then return 'full' end
  redis.call('SADD', endpoints, id)
elseif redis.call('EXISTS', endpoint) == 0 then
  return 'missing'
end
local before = readEndpoint(endpoint)
if replaces ~= '' and before.secrets ~= replaces and before.secrets ~= replacement then return 'changed' end
redis.call('HSET', endpoint, unpack(fields))
local after = readEndpoint(endpoint)
if after.state == 'enabled' then
  redis.call('HSET', hooks, id, after.interest)
  -- Who enables it again gives it a fresh start.
  if before.state == 'disabled' then redis.call('DEL', breaker) end
else
  redis.call('HDEL', hooks, id)
end
return 'done'
