-- Takes jobs of a dispatch for one run and reads what running them needs.
-- KEYS one record a job
-- ARGV 1 now (ms), 2 run token: the same token twice is the same run, 3 record format we know
-- Answers per job: 0 when there is nothing to run, 1 when its record is of another format, else
--   { attempt, form, rows, parameters, created, class, runs alone, payload }
local jobs = {}
for k = 1, #KEYS do
  local r = redis.call('HMGET', KEYS[k], 's', 'a', 'r', 'f', 'n', 'p', 'ca', 'c', 'q', 'i', 'v')
  local job = 0
  if r[11] and r[11] ~= ARGV[3] then
    job = 1
  elseif r[1] == 'queued' or r[1] == 'running' then
    local attempt = tonumber(r[2])
    if r[3] ~= ARGV[2] then
      if r[1] == 'running' then attempt = attempt + 1 end
      redis.call('HSET', KEYS[k], 's', 'running', 'a', attempt, 'r', ARGV[2], 'sa', ARGV[1])
    end
    local payload = r[10] or redis.call('GET', KEYS[k] .. ':in')
    job = { attempt, r[4], r[5], r[6], r[7], r[8], r[9] or '0', payload or '' }
  end
  jobs[k] = job
end
return jobs
