-- Takes members whose records have expired out of a tenant's listing, in a window of it. Behind the name of a
-- record there may be ':' and which of its jobs are the tenant's.
-- Answers how many of them are still there, and how many were taken out.
local ids = redis.call('ZRANGE', listing, first, first + count - 1)
local names, gone = {}, {}
for i, id in ipairs(ids) do names[i] = records .. string.match(id, '^[^:]*') end
-- One command says of all of them whether any is to be looked for.
if #ids > 0 and redis.call('EXISTS', unpack(names)) < #ids then
  for i, name in ipairs(names) do
    if redis.call('EXISTS', name) == 0 then gone[#gone + 1] = ids[i] end
  end
end
if #gone > 0 then redis.call('ZREM', listing, unpack(gone)) end
return { #ids - #gone, #gone }
