-- Removes an access key, but for the last one that can make others. Answers done, missing, or last_admin.
local expires = redis.call('ZSCORE', admins, id)
local counts = expires and tonumber(expires) > now
if counts and redis.call('ZCOUNT', admins, '(' .. now, '+inf') == 1 then return 'last_admin' end
redis.call('ZREM', list, id)
redis.call('ZREM', admins, id)
if redis.call('UNLINK', record) == 0 then return 'missing' end
return 'done'
