-- Takes jobs of a dispatch for one run and reads what running them needs. Behind deliver.lua
-- and flow.lua.
-- KEYS 1 flow, 2 due, then one record a job
-- ARGV 1 run token: the same token twice is the same run, 2 record format we know,
--      3 prefix of the gateways' channels, 4 attempt that the dispatch was made for: what a retry has
--      queued since belongs to another dispatch; then the id of each job
-- Answers per job: 0 when there is nothing to run, 1 when its record is of another format,
--   2 and its attempt when no more attempts are left, else
--   { attempt, form, rows, parameters, queued, class, exclusive runs, payload, limits, started }
local jobs = {}
local words = {}
local begun = 0
for k = 3, #KEYS do
  local key, id = KEYS[k], ARGV[k + 2]
  local r = redis.call('HMGET', key, 's', 'a', 'r', 'f', 'n', 'p', 'ca', 'c', 'q', 'i', 'v', 'l', 'qa', 'ab', 'sa', 'w', 't', 'wh', 'dp', 'lw')
  local job = 0
  if r[11] and r[11] ~= ARGV[2] then
    job = 1
  elseif (r[1] == 'queued' or r[1] == 'running') and (r[14] or '1') == ARGV[4] then
    local attempt, queued, started = tonumber(r[2]), tonumber(r[13] or r[7]), r[15]
    local startMs, totalMs, retries = string.match(r[12] or '', '(%d+) %d+ (%d+) (%d+)')
    local isSame, wasRunning = r[3] == ARGV[1], r[1] == 'running'
    local isLate = startMs and (now >= queued + totalMs or (not started and now >= queued + startMs))
    if (wasRunning or r[20]) and not isSame then attempt = attempt + 1 end
    if isLate and not isSame then
      -- The courier ends it; here it is not begun.
      job = 0
    elseif retries and attempt - tonumber(r[14] or '1') > tonumber(retries) then
      job = { 2, r[2] }
    else
      if not isSame then
        started = now
        redis.call('HSET', key, 's', 'running', 'a', attempt, 'r', ARGV[1], 'sa', started)
        redis.call('HDEL', key, 'g', 'lw')
        -- The attempt's own time is its worker's to keep: it runs only while that lives.
        if startMs then redis.call('ZADD', KEYS[2], queued + totalMs, id) end
        if not wasRunning then begun = begun + 1 end
        if isAwaited(r[17], r[18]) then
          deliver({ key = key, id = id, tenant = r[17], wh = r[18], pending = r[19],
            letter = 's', name = attempt .. 's', attempt = attempt })
        end
        for gateway in string.gmatch(r[16] or '', '+([^ ]+)') do
          words[gateway] = (words[gateway] and words[gateway] .. ' ' or '') .. id
        end
      end
      local payload = r[10] or redis.call('GET', key .. ':in')
      job = { attempt, r[4], r[5], r[6], queued, r[8], r[9] or '0', payload or '', r[12] or '', started }
    end
  end
  jobs[k - 2] = job
end
if begun > 0 then noteBegun(KEYS[1], begun) end
for gateway, ids in pairs(words) do redis.call('PUBLISH', ARGV[3] .. gateway, ids) end
return jobs
