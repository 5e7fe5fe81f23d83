-- Stores a delivery to an endpoint that tells of nothing but itself. Behind deliver.lua.
-- KEYS 1 endpoint, 2 tenants, whose listings are swept
-- ARGV 1 now (ms), 2 id of the delivery, 3 id of the endpoint, 4 tenant, 5 letter of pings, 6 places
-- Answers stored, or missing
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('SADD', KEYS[2], ARGV[4])
storeDelivery(ARGV[6], { id = ARGV[3], key = '', tenant = ARGV[4], letter = ARGV[5], attempt = '', now = ARGV[1] },
  ARGV[3], 'f', '', ARGV[2])
return 'stored'
