-- Stores a delivery to an endpoint that tells of nothing but itself. Behind deliver.lua.
-- KEYS 1 endpoint, 2 tenants, whose listings are swept
-- ARGV 1 id of the delivery, 2 id of the endpoint, 3 tenant, 4 letter of pings, 5 places
-- Answers stored, or missing
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('SADD', KEYS[2], ARGV[3])
storeDelivery(ARGV[5], { id = ARGV[2], key = '', tenant = ARGV[3], letter = ARGV[4], attempt = '', now = now },
  ARGV[2], 'f', '', ARGV[1])
return 'stored'
