-- Stores an access key and lists it.
-- KEYS 1 record, 2 list of keys, 3 admins by expiry
-- ARGV 1 id, 2 expiry (ms, or +inf) of an admin, '' for others, then names and values of fields
-- Answers created, or exists when it was there
if redis.call('EXISTS', KEYS[1]) == 1 then return 'exists' end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
if ARGV[2] ~= '' then redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1]) end
return 'created'
