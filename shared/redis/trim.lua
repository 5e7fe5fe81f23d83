-- Takes members whose records have expired out of a tenant's listing, in a window of it. Behind the name of a
-- record there may be ':' and which of its jobs are the tenant's.
-- Answers how many of them are still there, and how many were taken out.
local ids = redis.call('ZRANGE', listing, first, first + count - 1)
local gone = {}
for _, id in ipairs(ids) do
  if redis.call('EXISTS', records .. string.match(id, '^[^:]*')) == 0 then gone[#gone + 1] = id end
end
if #gone > 0 then redis.call('ZREM', listing, unpack(gone)) end
return { #ids - #gone, #gone }
