-- Stores a delivery to an endpoint that tells of nothing but itself. Answers stored, or missing.
if redis.call('EXISTS', record) == 0 then return 'missing' end
-- Its tenant's listings are swept.
redis.call('SADD', tenants, tenant)
storeDelivery({ id = endpoint, key = '', tenant = tenant, letter = letter, attempt = '' }, endpoint, 'f', '', id)
return 'stored'
