-- Which data set this is; whoever comes first to an empty Redis begins one. What is not changed here
-- is written as well, so that a node that only reads says so. None of it needs memory.
-- KEYS 1 secret of ids 2 birth 3 ids of access keys
-- ARGV 1 the secret of a new data set
local secret = redis.call('GET', KEYS[1])
if secret then
  redis.call('PERSIST', KEYS[1])
else
  secret = ARGV[1]
  redis.call('SET', KEYS[1], secret)
  redis.call('SET', KEYS[2], now, 'NX')
end
return {secret, redis.call('GET', KEYS[2]) or '0', redis.call('ZCARD', KEYS[3])}
