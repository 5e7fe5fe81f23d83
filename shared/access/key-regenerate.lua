-- Exchanges one secret of an access key. Answers done, or missing.
if redis.call('EXISTS', record) == 0 then return 'missing' end
redis.call('HSET', record, unpack(fields))
return 'done'
