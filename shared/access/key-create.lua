-- Stores an access key and lists it. Answers created, or exists when it was there.
if redis.call('EXISTS', record) == 1 then return 'exists' end
redis.call('HSET', record, unpack(fields))
redis.call('ZADD', list, 0, id)
if adminUntil ~= '' then redis.call('ZADD', admins, adminUntil, id) end
return 'created'
