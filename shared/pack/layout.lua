-- Whether this release can work with what is stored; it marks what it may call its own.
-- Answers the layout of a later release, or 0; then jobs, dispatches and batches that an earlier release has
-- not finished. Of each kind a thousand a lane are looked at: one is enough.
local MOST = 999
local mark = tonumber(redis.call('GET', layout) or 0)
if mark > tonumber(known) then return { mark, 0, 0, 0 } end
-- Of layout 2, which counts elsewhere what tenants have, nothing may be left; of what came before packs, nothing of its kind.
local isOlder = mark > 0 and mark < tonumber(known)
local jobs, batches = 0, {}
for _, lane in ipairs(redis.call('SMEMBERS', keys.lanes)) do
  for _, name in ipairs(redis.call('ZRANGE', keys.outstandingPrefix .. lane, 0, MOST)) do
    if string.sub(name, 1, 4) == 'job_' or (isOlder and not string.find(name, '/', 1, true)) then jobs = jobs + 1 end
  end
end
-- The first chunk of a batch stays as long as the batch, and says in which layout it is.
local function isEarlier(id) return redis.call('EXISTS', keys.earlierChunk .. id .. '/0') == 1 end
for _, id in ipairs(redis.call('ZRANGE', keys.batchWork, 0, MOST)) do
  if isOlder or isEarlier(id) then batches[id] = true end
end
-- Results of those that have ended may still be on their way into their folder.
for _, id in ipairs(redis.call('ZRANGE', keys.batchSinks, 0, MOST)) do
  local b = readBatch(keys.batch .. id)
  if isEarlier(id) and tonumber(b.endsSunk or 0) < tonumber(b.ends or 0) then batches[id] = true end
end
local left = 0
for _ in pairs(batches) do left = left + 1 end
local dispatches = redis.call('ZCARD', keys.undispatched)
if jobs + dispatches + left == 0 and mark < tonumber(known) then
  -- An older mark must not stay beside new work. A Redis without memory lets a script write that has freed something.
  if mark > 0 then redis.call('DEL', layout) end
  -- It refuses a new key; the next start marks it.
  redis.pcall('SET', layout, known)
end
return { 0, jobs, dispatches, left }
