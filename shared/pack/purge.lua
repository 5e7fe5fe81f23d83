-- One step of a purge: ends what waits at the head of a lane, unless it came after the purge began. Behind settle.lua,
-- chunk.lua and chunk-cancel.lua.
-- token: of the purge; step: which of it, from 1; untilMs: '' in the first one, then as it answered; problem: JSON
-- packsMost, unitsMost: of a step, packs and chunks, and their jobs and items
-- Answers { jobs and items that it ended, 1 when there may be more, untilMs, packs whose record is broken }; a step that
-- is sent again answers what it did.
local PACK_VERSION = '2'
local told = wordsOf(redis.call('HGET', flow, FLOW.purged))
if told[1] == token and told[2] == step then
  return { tonumber(told[3]), tonumber(told[4]), tonumber(told[5]), tonumber(told[6]), 0 }
end
-- First, because it frees: a script that has written is not refused at maxmemory.
redis.call('HDEL', flow, FLOW.purged)
local lastMs, jobs, items, gone, broken, more = tonumber(untilMs) or now, 0, 0, 0, 0, 0
local function purge(name)
  if string.find(name, '/', 1, true) then
    items = items + cancelChunk(name)
    return
  end
  local p = readPack(keys.pack .. name)
  if not p.states or p.run or not isOpen(p.states) then return end
  jobs = jobs + endAlike(name, p, 0, #p.states - 1, 'C', problem)
end
local names = redis.call('LRANGE', ready, 0, packsMost - 1)
for _, name in ipairs(names) do
  local queuedAtMs = redis.call('ZSCORE', outstanding, name)
  local version = not string.find(name, '/', 1, true) and redis.call('HGET', keys.pack .. name, PACK.version)
  -- It is for a gateway that understands it.
  if version and version ~= PACK_VERSION then break end
  if queuedAtMs and tonumber(queuedAtMs) > lastMs then break end
  if jobs + items >= tonumber(unitsMost) then
    more = 1
    break
  end
  if not pcall(purge, name) then broken = broken + 1 end
  gone = gone + 1
end
if gone > 0 then redis.call('LTRIM', ready, gone, -1) end
if gone == tonumber(packsMost) then more = 1 end
redis.call('HSET', flow, FLOW.purged, table.concat({ token, step, jobs, items, more, lastMs }, ' '))
return { jobs, items, more, lastMs, broken }
