-- Which data set this is; whoever comes first to an empty Redis begins one. What is not changed here
-- is written as well, so that a node that only reads says so. None of it needs memory.
local secret = redis.call('GET', idSecret)
if secret then
  redis.call('PERSIST', idSecret)
else
  secret = freshSecret
  redis.call('SET', idSecret, secret)
  redis.call('SET', born, now, 'NX')
end
return {secret, redis.call('GET', born) or '0', redis.call('ZCARD', accessKeys)}
