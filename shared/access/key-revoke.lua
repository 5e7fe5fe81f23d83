-- Removes an access key, but for the last one that can make others.
-- KEYS 1 record, 2 list of keys, 3 admins by expiry
-- ARGV 1 id
-- Answers done, missing, or last_admin
local expires = redis.call('ZSCORE', KEYS[3], ARGV[1])
local counts = expires and tonumber(expires) > now
if counts and redis.call('ZCOUNT', KEYS[3], '(' .. now, '+inf') == 1 then return 'last_admin' end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('UNLINK', KEYS[1]) == 0 then return 'missing' end
return 'done'
