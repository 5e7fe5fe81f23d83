-- Writes down how many exclusive runs a job has had, if this run still has it.
-- KEYS 1 record
-- ARGV 1 run token, 2 runs
local key = KEYS[1]
local r = redis.call('HMGET', key, 's', 'r')
if r[1] ~= 'running' or r[2] ~= ARGV[1] then return 0 end
redis.call('HSET', key, 'q', ARGV[2])
return 1
