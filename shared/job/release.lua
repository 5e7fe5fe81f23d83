-- Behind flow.lua.
-- Hands back jobs that were fetched and will not be run here.
-- KEYS 1 flow, 2 due, then one record a job
-- ARGV 1 run token: a job of another run is left alone; then the id of each job
local released = 0
for k = 3, #KEYS do
  local r = redis.call('HMGET', KEYS[k], 's', 'r', 'l', 'ca', 'qa')
  if r[1] == 'running' and r[2] == ARGV[1] then
    -- `sa` stays: a worker had begun, so that the deadline to start is met.
    redis.call('HSET', KEYS[k], 's', 'queued')
    redis.call('HDEL', KEYS[k], 'r', 'g')
    local totalMs = string.match(r[3] or '', '%d+ %d+ (%d+)')
    if totalMs then redis.call('ZADD', KEYS[2], (r[5] or r[4]) + totalMs, ARGV[k - 1]) end
    released = released + 1
  end
end
if released > 0 then noteOver(KEYS[1], released) end
return released
