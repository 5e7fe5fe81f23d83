-- Takes ids whose records have expired out of a tenant's listing, in a window of it.
-- KEYS 1 listing
-- ARGV 1 rank of the first to look at, 2 how many, 3 prefix of records
-- Answers how many of them are still there, and how many were taken out
local ids = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1)
local gone = {}
for _, id in ipairs(ids) do
  if redis.call('EXISTS', ARGV[3] .. id) == 0 then gone[#gone + 1] = id end
end
if #gone > 0 then redis.call('ZREM', KEYS[1], unpack(gone)) end
return { #ids - #gone, #gone }
