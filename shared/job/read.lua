-- Reads jobs, and puts a gateway on the list of those that wait for them.
-- KEYS one record a job
-- ARGV 1 gateway, 2 most seconds a result is kept once its own POST took it along, 3 prefix of outstanding,
--      4 prefix of deliveries,
--      then per job: id, '' to read, 'w' to wait for the end, 'e' for every change, 'p' to take the result along
-- Answers per job: 0 when missing, else its fields, when it expires if it has ended (ms), and how
--   many are ahead of it while it is queued, what it wants called, and of the delivery of its end to
--   there: status, attempts, when the next is due, last HTTP status
local LETTERS = { succeeded = 'S', failed = 'F', canceled = 'C', expired = 'E' }
local jobs = {}
for k = 1, #KEYS do
  local key, id, mode = KEYS[k], ARGV[3 + 2 * k], ARGV[4 + 2 * k]
  local r = redis.call('HMGET', key, 's', 'm', 'c', 'a', 'f', 't', 'd', 'o', 'e', 'x', 'ca', 'sa', 'ea', 'qa', 'l', 'g', 'h', 'n', 'dp', 'wh')
  local job = 0
  if r[1] then
    job = r
    local pending, wants = tonumber(r[19] or '0'), r[20]
    job[19], job[20], job[21] = false, false, wants
    if r[13] or r[1] == 'deleted' then
      local ttl = redis.call('PTTL', key)
      local own, letters, url = string.match(wants or '', '^(%S+) (%S+) %S (.*)$')
      local letter = LETTERS[r[1]]
      if own and letter and string.find(letters, letter, 1, true) then
        local event = 'evt_' .. string.sub(id, 5) .. '_' .. r[4] .. letter
        if url == '' then event = event .. '_' .. string.sub(own, -8) end
        local d = redis.call('HMGET', ARGV[4] .. event, 's', 'n', 'du', 'ls')
        for f = 1, 4 do job[21 + f] = d[f] end
      end
      if mode == 'p' and r[13] and pending == 0 and ttl > ARGV[2] * 1000 then
        redis.call('EXPIRE', key, ARGV[2])
        redis.call('EXPIRE', key .. ':in', ARGV[2])
        ttl = ARGV[2] * 1000
      end
      if ttl >= 0 then job[19] = now + ttl end
    else
      if mode == 'w' or mode == 'e' then
        local name = mode == 'e' and '+' .. ARGV[1] or ARGV[1]
        local waiting = redis.call('HGET', key, 'w')
        if not waiting then redis.call('HSET', key, 'w', name)
        elseif not string.find(' ' .. waiting .. ' ', ' ' .. name .. ' ', 1, true) then
          redis.call('HSET', key, 'w', waiting .. ' ' .. name)
        end
      end
      if r[1] == 'queued' then job[20] = redis.call('ZRANK', ARGV[3] .. r[2] .. '.' .. r[3], id) end
    end
  end
  jobs[k] = job
end
return jobs
