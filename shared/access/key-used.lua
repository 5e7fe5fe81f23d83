-- Notes that an access key was used; one that was revoked meanwhile does not come back.
if redis.call('EXISTS', record) == 0 then return 0 end
local last = redis.call('HGET', record, KEY.lastUsedAtMs)
if last and tonumber(last) >= now then return 0 end
redis.call('HSET', record, KEY.lastUsedAtMs, now)
return 1
