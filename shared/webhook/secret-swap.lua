-- Exchanges a tenant's secrets for others, if they are the ones that were seen.
-- Answers the secrets that are there now.
local there = redis.call('GET', secrets)
if (there or '') ~= seen then return there end
redis.call('SET', secrets, wanted)
return wanted
