-- Hands back jobs that were fetched and will not be run here.
-- KEYS one record a job
-- ARGV 1 run token; a job of another run is left alone
for k = 1, #KEYS do
  local r = redis.call('HMGET', KEYS[k], 's', 'r')
  if r[1] == 'running' and r[2] == ARGV[1] then
    redis.call('HSET', KEYS[k], 's', 'queued')
    redis.call('HDEL', KEYS[k], 'r', 'sa')
  end
end
return #KEYS
