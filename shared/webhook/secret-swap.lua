-- Exchanges a tenant's secrets for others, if they are the ones that were seen.
-- KEYS 1 secrets
-- ARGV 1 those that were seen ('' for none), 2 those to be
-- Answers the secrets that are there now
local secrets = redis.call('GET', KEYS[1])
if (secrets or '') ~= ARGV[1] then return secrets end
redis.call('SET', KEYS[1], ARGV[2])
return ARGV[2]
