-- A prelude, behind deliver.lua, pause-of.lua, flow.lua, pace.lua and capture.lua: ends jobs of packs. See settle.ts.
--
-- endJobs(ending)  ends those of a pack's jobs, side by side, that are open, and tells who waits. To be called
--                  behind the first write of the script, one that Redis does not refuse at maxmemory (HDEL)
--   name     of the pack
--   p        what readPack(key) gave; the caller has compared attempt and run. Is brought up to date
--   first    index of the first job
--   letters  one a job: S, F, C or X
--   sizes    bytes of each body, with blanks between; `+` in front: it is in a key of its own
--   bodies   the others, one behind the other
--   metrics  JSON, or ''
--   isOwn    the end of one job that no tensor batch made: its segment is the field e<i>
-- Answers a letter a job, `-` for each that was not open.
--
-- endAlike(name, p, first, last, letter, problem)
--                          ends all of them, from one index to another, with one problem. Answers how many were open
-- closePack(name, p)       for whoever takes the last open job out of a pack in another way, and writes down when
-- jobIdOf(name, p, index)  the whole id of a job
-- openIn(states)           how many jobs are open
-- isOpen(states)           whether any is
local DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
local EVENTS = { S = 'S', F = 'F', C = 'C', X = 'E' }
local MESSAGE_BYTES_MAX, INLINE_BYTES_MAX, TAKEN_SECONDS = 262144, 8192, 300
local function wordsOf(text)
  local words = {}
  for word in string.gmatch(text or '', '%S+') do words[#words + 1] = word end
  return words
end
-- What HSET and ZADD write stands in pairs.
local function push(list, first, second) list[#list + 1], list[#list + 2] = first, second end
local function openIn(states)
  local _, count = string.gsub(states, 'W', 'W')
  return count
end
local function isOpen(states) return string.find(states, 'W', 1, true) ~= nil end
local function stateAt(states, index) return string.sub(states, index + 1, index + 1) end
local function jobIdOf(name, p, index)
  -- The name of a pack that moved out says the index of its job.
  local digits = #name == 21 and name .. string.sub(DIGITS, index + 1, index + 1) or name
  return 'job_' .. digits .. string.sub(p.tags, 4 * index + 1, 4 * index + 4)
end
-- Which of the pack's tenants each job is of: a function of the index.
local function tenantsOf(p)
  local tenants = wordsOf(p.tenants)
  return function(index) return tenants[p.owners and string.byte(p.owners, index + 1) - 47 or 1] end, tenants
end
-- Whether events of its jobs may be of interest to anybody: one read for all its tenants.
local heard = {}
local function isHeard(p)
  if p.has and string.find(p.has, 'w', 1, true) then return true end
  if heard[p.tenants] == nil then
    local hooks = {}
    for i, tenant in ipairs(wordsOf(p.tenants)) do hooks[i] = keys.hooks .. tenant end
    heard[p.tenants] = redis.call('EXISTS', unpack(hooks)) > 0
  end
  return heard[p.tenants]
end
-- @param letter of the event
local function deliverOf(name, p, index, letter)
  local key = keys.pack .. name
  local wants = p.has and string.find(p.has, 'w', 1, true) and redis.call('HGET', key, SEAT.webhook .. index)
  p.deliveries = deliver({ key = key, id = jobIdOf(name, p, index), tenant = tenantsOf(p)(index), wh = wants,
    pending = p.deliveries, letter = letter, name = p.attempt .. letter, attempt = p.attempt })
end
local function tellWaiters(p, message, isChange)
  local told = {}
  for sign, gateway in string.gmatch(p.waiters or '', '(%+?)([^ +]+)') do
    if not told[gateway] and (sign == '+' or not isChange) then
      redis.call('PUBLISH', keys.settled .. gateway, message)
      told[gateway] = true
    end
  end
end
local function expirePack(name, p, seconds)
  local key = keys.pack .. name
  redis.call('EXPIRE', key, seconds)
  if p.deliveries then redis.call('EXPIRE', key .. ':ev', seconds) end
  for _, index in ipairs(wordsOf(p.large)) do redis.call('EXPIRE', key .. ':out' .. index, seconds) end
end
-- One that moved out has ended: the pack that it came from need not be kept for it any more.
local function freeOrigin(name, seconds)
  local origin = string.sub(name, 1, 21)
  local p = readPack(keys.pack .. origin)
  if not p.states or redis.call('HINCRBY', keys.pack .. origin, PACK.movedOut, -1) > 0 then return end
  -- Its own results are not kept for less than they would have been without it.
  if not p.isTaken then seconds = math.max(seconds, p.retentionSeconds) end
  if not isOpen(p.states) then expirePack(origin, p, keepSeconds(seconds, tonumber(p.deliveries or '0'))) end
end
-- Writes the payloads of what did not succeed into fields of their own, for a retry.
local function keepInputs(key, p)
  local inputs = redis.call('HGET', key, PACK.inputs)
  if not inputs then return end
  local from, fields = 1, {}
  for i, bytes in ipairs(wordsOf(p.bytes)) do
    if string.find('FCX', stateAt(p.states, i - 1), 1, true) then
      push(fields, SEAT.input .. i - 1, string.sub(inputs, from, from + bytes - 1))
    end
    -- What was never accepted has none.
    if stateAt(p.states, i - 1) ~= 'N' then from = from + bytes end
  end
  redis.call('HSET', key, unpack(fields))
end
local function closePack(name, p)
  local key, seconds = keys.pack .. name, tonumber(p.retentionSeconds)
  local pending = tonumber(p.deliveries or '0')
  if p.isTaken and pending == 0 then seconds = math.min(seconds, TAKEN_SECONDS)
  else seconds = keepSeconds(seconds, pending) end
  redis.call('ZREM', keys.outstandingPrefix .. p.lane, name)
  redis.call('ZREM', keys.due, name)
  if p.run then redis.call('HDEL', keys.taken .. p.run, name) end
  local hasFailed, staysWhole = string.find(p.states, '[FCX]'), capture(name, p)
  if hasFailed then keepInputs(key, p) end
  if #p.states == 1 and tonumber(p.bytes) > INLINE_BYTES_MAX then
    if hasFailed or staysWhole then redis.call('EXPIRE', key .. ':in', seconds) else redis.call('UNLINK', key .. ':in') end
  end
  redis.call('HDEL', key, PACK.run, PACK.waiters, staysWhole and PACK.run or PACK.inputs)
  -- What moved out of it may have ended since it was read, in the same turn.
  local movedOut = p.movedOut and redis.call('HGET', key, PACK.movedOut) or '0'
  if tonumber(movedOut) == 0 then expirePack(name, p, seconds) end
  if #name == 22 then freeOrigin(name, seconds) end
end
-- Whether an output that was put in a key of its own is there, and stays. It was put there for a while, in case that
-- its end never came: one that came later than that would be the end of a job without its output.
local function keepOutput(name, index) return redis.call('PERSIST', keys.pack .. name .. ':out' .. index) == 1 end
-- What of an ending comes about: that of jobs that are open.
local function someOf(ending)
  local states, sizes, merged = ending.p.states, wordsOf(ending.sizes), { indexes = {}, large = {} }
  local verdict, letters, kept, bodies, from = {}, {}, {}, {}, 1
  for n = 1, #ending.letters do
    local index, size = ending.first + n - 1, sizes[n] or '0'
    local isLarge = string.byte(size) == 43
    local isWanted = stateAt(states, index) == 'W' and (not isLarge or keepOutput(ending.name, index))
    local bytes = isLarge and 0 or tonumber(size)
    verdict[n] = isWanted and stateAt(ending.letters, n - 1) or '-'
    if isWanted then
      merged.indexes[#merged.indexes + 1] = index
      if isLarge then merged.large[#merged.large + 1] = index end
      bodies[#bodies + 1] = string.sub(ending.bodies, from, from + bytes - 1)
    end
    -- It begins with the first that is open: so no two segments of a pack begin with the same one.
    if #merged.indexes > 0 then
      letters[#letters + 1] = verdict[n]
      kept[#kept + 1] = isWanted and size or '0'
    end
    from = from + bytes
  end
  merged.verdict, merged.letters = table.concat(verdict), table.concat(letters)
  merged.sizes, merged.bodies = table.concat(kept, ' '), table.concat(bodies)
  return merged
end
-- All of it, in the common case: nothing is taken apart.
local function mergedOf(ending)
  local first, count = ending.first, #ending.letters
  local isWhole = string.sub(ending.p.states, first + 1, first + count) == string.rep('W', count)
  if not isWhole or string.find(ending.sizes, '+', 1, true) then return someOf(ending) end
  local indexes = {}
  for i = 1, count do indexes[i] = first + i - 1 end
  return { verdict = ending.letters, letters = ending.letters, sizes = ending.sizes, bodies = ending.bodies,
    indexes = indexes, large = {} }
end
-- Of payloads, by tenant: { jobs, bytes }.
local function countsOf(name, p, indexes)
  local sizes, tenantAt, counts = wordsOf(p.bytes), tenantsOf(p), {}
  for _, index in ipairs(indexes) do
    local tenant = tenantAt(index)
    local c = counts[tenant] or { 0, 0 }
    c[1], c[2], counts[tenant] = c[1] + 1, c[2] + sizes[index + 1], c
  end
  return counts
end
local function countEnds(name, p, indexes)
  local count, bytes, names, ended = #indexes, 0, {}, {}
  for tenant, c in pairs(countsOf(name, p, indexes)) do
    bytes = bytes + c[2]
    names[#names + 1], ended[#ended + 1] = keys.tenant .. tenant .. ':jobs', c[1]
    names[#names + 1], ended[#ended + 1] = keys.tenant .. tenant .. ':bytes', c[2]
  end
  local left = {}
  for i, before in ipairs(redis.call('MGET', unpack(names))) do
    left[2 * i - 1], left[2 * i] = names[i], (before or 0) - ended[i]
  end
  redis.call('MSET', unpack(left))
  redis.call('LPOP', loadOf(p.lane), count)
  noteEnds(keys.flowPrefix .. p.lane, { over = count, bytes = bytes, ran = p.run and count or 0,
    runMs = count * (now - (p.startedAtMs or now)) })
end
local function segmentOf(ending, merged)
  local p = ending.p
  return table.concat({ merged.indexes[1], p.attempt, p.startedAtMs or '-', now, merged.letters }, ' ')
    .. '\n' .. merged.sizes .. '\n' .. ending.metrics .. '\n' .. merged.bodies
end
local function writeEnds(ending, merged, segment)
  local p, key, first = ending.p, keys.pack .. ending.name, merged.indexes[1]
  local fields = { (ending.isOwn and SEAT.ending or SEAT.segment) .. first, segment, PACK.states, p.states }
  if not isOpen(p.states) then push(fields, PACK.endedAtMs, now) end
  if not ending.isOwn and (first > 0 or p.segments) then
    p.segments = (p.segments or '0') .. (first > 0 and ' ' .. first or '')
    push(fields, PACK.segments, p.segments)
  end
  if #merged.large > 0 then
    p.large = (p.large and p.large .. ' ' or '') .. table.concat(merged.large, ' ')
    push(fields, PACK.large, p.large)
  end
  redis.call('HSET', key, unpack(fields))
end
-- What ends in a lane of shadows a courier compares with the jobs that they stand beside.
local function noteShadows(name, p, indexes)
  for _, index in ipairs(indexes) do
    local parent = redis.call('HGET', keys.pack .. name, SEAT.parent .. index)
    if parent then redis.call('ZADD', keys.shadowEnds, now, jobIdOf(name, p, index) .. ' ' .. parent) end
  end
end
local function endJobs(ending)
  local name, p = ending.name, ending.p
  p.attempt = p.attempt or '1'
  local merged = mergedOf(ending)
  local verdict, states = merged.verdict, p.states
  if #merged.indexes == 0 then return verdict end
  local ended = string.gsub(verdict, '()%-', function(at) return stateAt(states, ending.first + at - 1) end)
  p.states = string.sub(states, 1, ending.first) .. ended .. string.sub(states, ending.first + #verdict + 1)
  local segment = segmentOf(ending, merged)
  writeEnds(ending, merged, segment)
  countEnds(name, p, merged.indexes)
  if string.sub(p.lane, -7) == '.shadow' then noteShadows(name, p, merged.indexes) end
  if isHeard(p) then
    for _, index in ipairs(merged.indexes) do deliverOf(name, p, index, EVENTS[stateAt(p.states, index)]) end
  end
  if #segment > MESSAGE_BYTES_MAX then tellWaiters(p, 'r ' .. name)
  else tellWaiters(p, 'p ' .. name .. ' ' .. segment) end
  if not isOpen(p.states) then closePack(name, p) end
  return verdict
end
local function endAlike(name, p, first, last, letter, problem)
  local count = last - first + 1
  local letters = endJobs({ name = name, p = p, first = first, letters = string.rep(letter, count), metrics = '',
    sizes = string.sub(string.rep(' ' .. #problem, count), 2), bodies = string.rep(problem, count) })
  local _, ended = string.gsub(letters, letter, letter)
  return ended
end
