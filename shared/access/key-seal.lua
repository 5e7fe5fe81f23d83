-- Has the seal of a secret known that is still the key's. Answers done, or other.
if redis.call('HGET', record, hashField) ~= hash then return 'other' end
redis.call('HSET', record, unpack(fields))
return 'done'
