-- Calls one of the functions for chunks, as the scripts of a run do.
if call == 'size' then return { chunkSize(name) } end
if call == 'take' then
  local chunk, word = takeChunk(name, run, turn)
  if not chunk then return word end
  redis.call('LREM', ready, 1, name)
  return chunk
end
if call == 'settle' then
  local verdict = settleChunk(name, run, attempt, lines, succeeded)
  redis.call('HDEL', taken, name)
  return verdict
end
local lane = returnChunk(name, run, call)
redis.call('HDEL', taken, name)
if lane then redis.call('LPUSH', ready, name) end
return lane or false
