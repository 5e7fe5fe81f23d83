-- A prelude, behind settle.lua, chunk.lua and wake.lua: what a run has, and does not keep.
--
-- leavePack(name, run, how)  takes a pack from a run: `released`, or `lost` with its worker. Answers its lane and what
--                            readPack(key) gave, brought up to date, and nothing else of a chunk; nothing when the run
--                            has it no more
-- giveBack(names, run)       puts packs that a run releases at the head of their ready lists, the oldest first
-- armAll(lanes)              lanes, a set, in which something was put there. Answers those that need a shift
local function leavePack(name, run, how)
  redis.call('HDEL', keys.taken .. run, name)
  if string.find(name, '/', 1, true) then return returnChunk(name, run, how) end
  local key = keys.pack .. name
  local p = readPack(key)
  if not p.run or p.run ~= run then return end
  redis.call('HDEL', key, PACK.run)
  p.run = false
  noteOver(keys.flowPrefix .. p.lane, openIn(p.states))
  return p.lane, p
end
local function armAll(lanes)
  local unarmed = {}
  for lane in pairs(lanes) do
    if wake(lane) == 1 then unarmed[#unarmed + 1] = lane end
  end
  return unarmed
end
local function giveBack(names, run)
  local lanes = {}
  table.sort(names, function(a, b) return a > b end)
  for _, name in ipairs(names) do
    -- `startedAtMs` stays: a worker had begun, so that the deadline to start is met.
    local lane = leavePack(name, run, 'released')
    if lane then
      redis.call('LPUSH', keys.readyPrefix .. lane, name)
      lanes[lane] = true
    end
  end
  return armAll(lanes)
end
