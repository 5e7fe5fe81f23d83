-- Erases an ended job: input, output, record; what was still to be delivered of it is dead. A tombstone
-- says for a while that it was deleted. Behind deliver-end.lua.
-- KEYS 1 record, 2 listing of its tenant
-- ARGV 1 id, 2 seconds the tombstone is kept
-- Answers erased, missing, not_ended
local key = KEYS[1]
local r = redis.call('HMGET', key, 's', 't')
if not r[1] then return 'missing' end
if r[1] == 'deleted' then return 'erased' end
if r[1] == 'queued' or r[1] == 'running' then return 'not_ended' end
local deliveries = redis.call('SMEMBERS', key .. ':ev')
redis.call('UNLINK', key, key .. ':in', key .. ':ev')
for _, delivery in ipairs(deliveries) do
  endDelivery(keys.delivery .. delivery, delivery, 'resource_deleted')
end
redis.call('HSET', key, 's', 'deleted', 't', r[2])
redis.call('EXPIRE', key, ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[1])
return 'erased'
