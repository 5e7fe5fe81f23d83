-- Reads jobs, and puts a gateway on the list of those that wait for them.
-- KEYS one record a job
-- ARGV 1 gateway, 2 seconds a result is kept once its own POST took it along,
--      then per job: '' to read, 'w' to wait, 'p' to take the result along
-- Answers per job: 0 when missing, else its fields and, when it has ended, ms until it expires
local jobs = {}
for k = 1, #KEYS do
  local key, mode = KEYS[k], ARGV[2 + k]
  local r = redis.call('HMGET', key, 's', 'm', 'c', 'a', 'f', 't', 'd', 'o', 'e', 'x', 'ca', 'sa', 'ea')
  local job = 0
  if r[1] then
    if r[13] then
      if mode == 'p' then
        redis.call('EXPIRE', key, ARGV[2])
        r[14] = ARGV[2] * 1000
      else
        r[14] = redis.call('PTTL', key)
      end
    elseif mode == 'w' then
      local waiting = redis.call('HGET', key, 'w')
      if not waiting then redis.call('HSET', key, 'w', ARGV[1])
      elseif not string.find(waiting, ARGV[1], 1, true) then
        redis.call('HSET', key, 'w', waiting .. ' ' .. ARGV[1])
      end
    end
    job = r
  end
  jobs[k] = job
end
return jobs
