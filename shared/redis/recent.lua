-- A prelude: remembers for a minute that work came. A scaler looks every few seconds, at load lists that are
-- empty between short jobs. `recent.ts` has the figures; written once in five seconds, however much comes.
local function noteRecent(recent)
  if redis.call('PTTL', recent) > 55000 then return end
  redis.call('DEL', recent)
  redis.call('RPUSH', recent, '1')
  redis.call('PEXPIRE', recent, 60000)
end
