-- Exchanges one secret of an access key.
-- KEYS 1 record
-- ARGV 1 field, 2 hash of the new secret
-- Answers done, or missing
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'done'
