-- Writes down how an attempt ended, and what it means for the delivery, its target and its endpoint.
-- Behind deliver-end.lua.
-- KEYS 1 delivery, 2 breaker of its target, 3 endpoint
-- ARGV 1 now (ms), 2 id, 3 token of the claim, 4 'ok', 'failed', or 'none' when there was no attempt,
--      5 log with this attempt, 6 last status ('' for none), 7 when the next attempt is due ('' when none is),
--      8 why it is dead then, 9 ms of failures alone after which an endpoint is disabled, 10 '1' when the
--      receiver said that it is gone, 11 prefix of hooks, 12 places
-- Answers recorded, disabled when its endpoint was as well, or late when the claim is over
local now = tonumber(ARGV[1])
local r = redis.call('HMGET', KEYS[1], 's', 'c', 'g', 't', 'y')
local isOk = ARGV[4] == 'ok'
-- What arrived has arrived, also when another courier has the delivery by now.
if r[1] ~= 'pending' or (r[2] ~= ARGV[3] and not isOk) then return 'late' end
local isDisabled = false
if ARGV[4] ~= 'none' then
  redis.call('HINCRBY', KEYS[1], 'n', 1)
  redis.call('HSET', KEYS[1], 'log', ARGV[5], 'ls', ARGV[6])
end
if isOk then
  redis.call('DEL', KEYS[2])
elseif ARGV[4] == 'failed' then
  redis.call('HINCRBY', KEYS[2], 'f', 1)
  redis.call('HSETNX', KEYS[2], 'fs', now)
  -- Longer than the longest pause of a schedule, so that what fails once a day is known to.
  redis.call('EXPIRE', KEYS[2], 864000)
  local since = tonumber(redis.call('HGET', KEYS[2], 'fs'))
  local isWorn = now - since >= tonumber(ARGV[9])
  if (isWorn or ARGV[10] == '1') and redis.call('HGET', KEYS[3], 'st') == 'enabled' then
    redis.call('HSET', KEYS[3], 'st', 'disabled', 'why', ARGV[10] == '1' and 'gone' or 'failing', 'sa', now)
    redis.call('HDEL', ARGV[11] .. r[4], r[3])
    isDisabled = true
  end
end
if isOk then endDelivery(ARGV[12], KEYS[1], ARGV[2], now, '')
elseif ARGV[7] == '' then endDelivery(ARGV[12], KEYS[1], ARGV[2], now, ARGV[8])
else
  redis.call('HDEL', KEYS[1], 'c')
  redis.call('HSET', KEYS[1], 'du', ARGV[7])
  leaveQueue(ARGV[12], ARGV[2], r[3], now)
  local queue, queues = string.match(ARGV[12], '^(%S+) (%S+)')
  redis.call('ZADD', queue .. r[3], ARGV[7], ARGV[2])
  redis.call('ZADD', queues, 'LT', ARGV[7], r[3])
  -- A receiver may have asked for more time than its schedule takes.
  if r[5] ~= '' then
    local ttl, needed = redis.call('TTL', r[5]), math.ceil((ARGV[7] - now) / 1000) + 86400
    if ttl >= 0 and ttl < needed then keepRecord(r[5], needed) end
  end
end
return isDisabled and 'disabled' or 'recorded'
