-- A prelude, behind chunk.lua: ends chunks that wait.
-- cancelChunk(name)  ends one as canceled, when no worker has it. Answers how many of its items were ended by that
local function cancelChunk(name)
  local chunk, batch, id, number = keys.pack .. name, batchOf(name)
  local b, c = readSettled(batch), readChunk(chunk)
  if c.status ~= 'q' or not b.status or b.status == 'deleted' then return 0 end
  local left = leftIn(c)
  if redis.call('ZREM', keys.outstandingPrefix .. c.lane, name) == 1 then
    if left > 0 then redis.call('LPOP', loadOf(c.lane), left) end
    redis.call('HINCRBY', keys.flowPrefix .. c.lane, FLOW.over, 1)
  end
  redis.call('HINCRBY', keys.flowPrefix .. c.lane, FLOW.bytes, -c.bytes)
  redis.call('INCRBY', keys.tenant .. b.tenant .. ':bytes', -c.bytes)
  redis.call('HSET', chunk, CHUNK.status, 'c')
  redis.call('HINCRBY', batch, BATCH.canceled, left)
  redis.call('ZADD', batch .. ':done', redis.call('HINCRBY', batch, BATCH.ends, 1), number)
  if not endBatchIfDone(batch, id) then tellBatch(batch, id, false) end
  return left
end
