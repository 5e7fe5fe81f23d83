-- Appends a chunk to a batch that is being uploaded.
-- KEYS 1 batch, 2 chunk, 3 its items, 4 flow, 5 tenant
-- ARGV 1 index of its first item, 2 number of items, 3 packed items, 4 most items of a batch,
--      5 most bytes in the lane, 6 most bytes of the tenant, 7 1 when an item has a custom id,
--      8 number of the chunk
-- Answers { verdict, items received }: appended, out_of_place, closed, missing, too_many, bytes_full
local r = redis.call('HMGET', KEYS[1], 's', 'n', 'k')
if not r[1] or r[1] == 'deleted' then return { 'missing', 0 } end
local received, first, count, size = tonumber(r[2]), tonumber(ARGV[1]), tonumber(ARGV[2]), #ARGV[3]
if received == first + count and redis.call('HGET', KEYS[2], 'f') == ARGV[1]
  and redis.call('HGET', KEYS[2], 'n') == ARGV[2] then
  return { 'appended', received }
end
if r[1] ~= 'validating' then return { 'closed', received } end
if received ~= first or r[3] ~= ARGV[8] then return { 'out_of_place', received } end
if received + count > tonumber(ARGV[4]) then return { 'too_many', received } end
if tonumber(redis.call('HGET', KEYS[4], 'bytes') or '0') + size > tonumber(ARGV[5])
  or tonumber(redis.call('HGET', KEYS[5], 'bytes') or '0') + size > tonumber(ARGV[6]) then
  return { 'bytes_full', received }
end
redis.call('SET', KEYS[3], ARGV[3])
redis.call('HSET', KEYS[2], 's', 'u', 'a', 1, 'n', count, 'f', first, 'z', size)
redis.call('HINCRBY', KEYS[1], 'n', count)
redis.call('HINCRBY', KEYS[1], 'k', 1)
if ARGV[7] == '1' then redis.call('HSET', KEYS[1], 'ci', 1) end
redis.call('HINCRBY', KEYS[4], 'bytes', size)
redis.call('HINCRBY', KEYS[5], 'bytes', size)
return { 'appended', received + count }
