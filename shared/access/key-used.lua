-- Notes that an access key was used; one that was revoked meanwhile does not come back.
-- KEYS 1 record
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local last = redis.call('HGET', KEYS[1], 'ua')
if last and tonumber(last) >= now then return 0 end
redis.call('HSET', KEYS[1], 'ua', now)
return 1
