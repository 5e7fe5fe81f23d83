-- A prelude, behind recent.lua, pause-of.lua and wake.lua: for scripts that queue chunks of batches.
-- launchChunk(lane, name, left)  puts a chunk into its lane; left: its items that are to be run
-- noteLaunched(lane, recent, count)  counts chunks that were. Answers 1 when a shift is to be added
local function launchChunk(lane, name, left)
  local chunk, load = keys.pack .. name, loadOf(lane)
  redis.call('HSET', chunk, CHUNK.status, 'q')
  redis.call('HDEL', chunk, CHUNK.deaths)
  redis.call('ZADD', keys.outstandingPrefix .. lane, now, name)
  redis.call('RPUSH', keys.readyPrefix .. lane, name)
  local ones = {}
  for i = 1, left do ones[i] = '1' end
  for i = 1, left, 4000 do redis.call('RPUSH', load, unpack(ones, i, math.min(i + 3999, left))) end
end
local function noteLaunched(lane, recent, count)
  redis.call('HINCRBY', keys.flowPrefix .. lane, FLOW.accepted, count)
  redis.call('SADD', keys.lanes, lane)
  if not pauseOf(lane).pausedAtMs then noteRecent(recent) end
  return wake(lane)
end
