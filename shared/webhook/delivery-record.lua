-- Writes down how an attempt ended, and what it means for the delivery, its target and its endpoint.
-- Behind deliver-end.lua.
-- KEYS 1 delivery, 2 breaker of its target, 3 endpoint
-- ARGV 1 id, 2 token of the claim, 3 'ok', 'failed', or 'none' when there was no attempt,
--      4 log with this attempt, 5 last status ('' for none), 6 ms until the next attempt ('' when there is none),
--      7 why it is dead then, 8 ms of failures alone after which an endpoint is disabled, 9 '1' when the
--      receiver said that it is gone, 10 prefix of hooks, 11 places
-- Answers recorded, disabled when its endpoint was as well, or late when the claim is over
local r = redis.call('HMGET', KEYS[1], 's', 'c', 'g', 't', 'y')
local isOk = ARGV[3] == 'ok'
-- What arrived has arrived, also when another courier has the delivery by now.
if r[1] ~= 'pending' or (r[2] ~= ARGV[2] and not isOk) then return 'late' end
local isDisabled = false
if ARGV[3] ~= 'none' then
  redis.call('HINCRBY', KEYS[1], 'n', 1)
  redis.call('HSET', KEYS[1], 'log', ARGV[4], 'ls', ARGV[5])
end
if isOk then
  redis.call('DEL', KEYS[2])
elseif ARGV[3] == 'failed' then
  redis.call('HINCRBY', KEYS[2], 'f', 1)
  redis.call('HSETNX', KEYS[2], 'fs', now)
  -- Longer than the longest pause of a schedule, so that what fails once a day is known to.
  redis.call('EXPIRE', KEYS[2], 864000)
  local since = tonumber(redis.call('HGET', KEYS[2], 'fs'))
  local isWorn = now - since >= tonumber(ARGV[8])
  if (isWorn or ARGV[9] == '1') and redis.call('HGET', KEYS[3], 'st') == 'enabled' then
    redis.call('HSET', KEYS[3], 'st', 'disabled', 'why', ARGV[9] == '1' and 'gone' or 'failing', 'sa', now)
    redis.call('HDEL', ARGV[10] .. r[4], r[3])
    isDisabled = true
  end
end
if isOk then endDelivery(ARGV[11], KEYS[1], ARGV[1], now, '')
elseif ARGV[6] == '' then endDelivery(ARGV[11], KEYS[1], ARGV[1], now, ARGV[7])
else
  local next = now + ARGV[6]
  redis.call('HDEL', KEYS[1], 'c')
  redis.call('HSET', KEYS[1], 'du', next)
  leaveQueue(ARGV[11], ARGV[1], r[3], now)
  local queue, queues = string.match(ARGV[11], '^(%S+) (%S+)')
  redis.call('ZADD', queue .. r[3], next, ARGV[1])
  redis.call('ZADD', queues, 'LT', next, r[3])
  -- A receiver may have asked for more time than its schedule takes.
  if r[5] ~= '' then
    local ttl, needed = redis.call('TTL', r[5]), math.ceil(ARGV[6] / 1000) + 86400
    if ttl >= 0 and ttl < needed then keepRecord(r[5], needed) end
  end
end
return isDisabled and 'disabled' or 'recorded'
