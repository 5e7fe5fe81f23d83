-- Appends a chunk to a batch that is being uploaded, and queues it where that does not wait for the end.
-- Answers { verdict, items received, 1 when a shift is to be added }: appended, out_of_place, closed, missing, too_many, bytes_full
local b, c, size = readOpen(batch), readChunk(chunk), #packed
if not b.status or b.status == 'deleted' then return { 'missing', 0 } end
local received, first, added = tonumber(b.items), tonumber(firstIndex), tonumber(count)
if received == first + added and c.firstIndex == firstIndex and c.items == count then
  return { 'appended', received }
end
if b.status ~= 'validating' then return { 'closed', received } end
if received ~= first or b.chunks ~= number then return { 'out_of_place', received } end
if received + added > tonumber(itemsMost) then return { 'too_many', received } end
if tonumber(redis.call('HGET', flow, FLOW.bytes) or '0') + size > tonumber(laneBytes)
  or tonumber(redis.call('GET', keys.tenant .. b.tenant .. ':bytes') or '0') + size > tonumber(tenantBytes) then
  return { 'bytes_full', received }
end
redis.call('SET', input, packed)
redis.call('HSET', chunk, CHUNK.lane, lane, CHUNK.status, 'u', CHUNK.attempt, 1, CHUNK.items, added,
  CHUNK.firstIndex, first, CHUNK.bytes, size)
redis.call('HINCRBY', batch, BATCH.items, added)
redis.call('HINCRBY', batch, BATCH.chunks, 1)
if hasCustomIds == '1' then redis.call('HSET', batch, BATCH.hasCustomIds, 1) end
redis.call('HINCRBY', flow, FLOW.bytes, size)
redis.call('INCRBY', keys.tenant .. b.tenant .. ':bytes', size)
if not b.isEager then return { 'appended', received + added, 0 } end
launchChunk(lane, string.sub(chunk, #(keys.pack) + 1), added)
return { 'appended', received + added, noteLaunched(lane, recent, 1) }
