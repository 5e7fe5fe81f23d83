-- Behind flow.lua.
-- Queues jobs again whose worker was lost: their dispatch waits, and nobody has it.
-- KEYS 1 flow, 2 due, 3 lock of their dispatch, then one record a job
-- ARGV 1 attempt that the dispatch was made for, then the id of each job
-- Answers how many were
if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
local lost = 0
for k = 4, #KEYS do
  local r = redis.call('HMGET', KEYS[k], 's', 'ab', 'l', 'ca', 'qa')
  if r[1] == 'running' and (r[2] or '1') == ARGV[1] then
    -- As with a release; but the next fetch is another attempt.
    redis.call('HSET', KEYS[k], 's', 'queued', 'lw', 1)
    redis.call('HDEL', KEYS[k], 'r', 'g')
    local totalMs = string.match(r[3] or '', '%d+ %d+ (%d+)')
    if totalMs then redis.call('ZADD', KEYS[2], (r[5] or r[4]) + totalMs, ARGV[k - 2]) end
    lost = lost + 1
  end
end
if lost > 0 then noteOver(KEYS[1], lost) end
return lost
