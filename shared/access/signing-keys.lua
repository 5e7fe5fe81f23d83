-- Adds a key that signs access tokens where there is none, or the newest is old, and drops those whose
-- last tokens have ended. Answers all that are left: id, value, id, value and so on.
local list = {}
local all = redis.call('HGETALL', signingKeys)
for i = 1, #all, 2 do
  list[#list + 1] = { id = all[i], madeAt = tonumber(all[i + 1]:match('^%d+')) }
end
table.sort(list, function(a, b) return a.madeAt > b.madeAt end)
if #list == 0 or list[1].madeAt + rotateMs <= now then
  redis.call('HSET', signingKeys, id, now .. ' ' .. jwk)
  table.insert(list, 1, { id = id, madeAt = now })
end
for i = 2, #list do
  if list[i - 1].madeAt + keepMs <= now then redis.call('HDEL', signingKeys, list[i].id) end
end
return redis.call('HGETALL', signingKeys)
