-- Ends what a run has finished, and takes packs of one lane for it, in one step. Behind give-back.lua and what that
-- stands behind.
-- begins: '1' until the run has been answered for the first time: then it may begin to be one
-- number: of the turn. What was taken under it before is given again, and nothing more
-- lane: to take from, or ''; rows: most, unless the first pack alone has more
-- woken: '1' when the worker was woken for the lane, and this is its first turn since
-- attends: it wants to be told of more when it takes fewer rows than this; worker: how it is called then
-- Per end: name of the pack, attempt, index of the first job, letters, bytes of each body with blanks between,
--   metrics, bodies. Of a chunk: name, attempt, items that succeeded, '', '', '', lines
-- From a lane that is paused nothing is taken, and nothing is left.
-- Answers `fenced`, or { verdicts, packs, chunks, how many are left in the lane, 1 when it needs a shift, packs that are
-- not taken since their record is broken }.
local PACK_VERSION, PACKS_MAX, BYTES_MAX, LOOKS_MAX, NAMES_A_LOOK = '2', 64, 1048576, 500, 8
-- First, because it frees: a script that has written is not refused at maxmemory.
redis.call('HDEL', taken, '-')
if begins == '1' then redis.call('ZADD', runs, now + leaseMs, run)
elseif not redis.call('ZSCORE', runs, run) then return 'fenced' end

-- What this run has, by name: the turn in which it took it. And of that, the packs that it ends something of.
local turns, mine, ends = {}, {}, {}
local marked = redis.call('HGETALL', taken)
for i = 1, #marked, 2 do turns[marked[i]] = marked[i + 1] end
local function look(item)
  ends[#ends + 1] = item
  item.isChunk = string.find(item.name, '/', 1, true)
  -- What this turn took itself, when it was sent before, it does not end.
  if item.isChunk or mine[item.name] or not turns[item.name] or turns[item.name] == number then return end
  local p = readPack(keys.pack .. item.name)
  if p.run == run then mine[item.name] = p
  -- Whatever became of it, this run has it no more.
  else redis.call('HDEL', taken, item.name) end
end
local function settle(item)
  if item.isChunk then
    local verdict = settleChunk(item.name, run, item.attempt, item.bodies, item.first)
    if verdict ~= 'unclaimed' then redis.call('HDEL', taken, item.name) end
    return verdict
  end
  local p = mine[item.name]
  if not p or (p.attempt or '1') ~= item.attempt then return string.rep('-', #item.letters) end
  return endJobs({ name = item.name, p = p, first = tonumber(item.first), letters = item.letters,
    sizes = item.sizes, metrics = item.metrics, bodies = item.bodies })
end

local packs, chunks, rows, bytes, begun, isApart = {}, {}, 0, 0, 0, false
-- The head of the list is of another version: it waits for a worker that understands it.
local isStrange = false
local broken = {}
local marks, deadlines = {}, {}
-- Whose worker died travels alone.
local function fits(more, deaths)
  if #packs + #chunks == 0 then return true end
  return not isApart and deaths == 0 and rows + more <= tonumber(wanted) and bytes < BYTES_MAX
    and #packs + #chunks < PACKS_MAX
end
local function count(more, deaths)
  rows, isApart = rows + more, deaths > 0
end
local function seatsOf(name, p, letter, field)
  if not p.has or not string.find(p.has, letter, 1, true) then return end
  local fields = {}
  for index = 0, #p.states - 1 do fields[index + 1] = field .. index end
  return redis.call('HMGET', keys.pack .. name, unpack(fields))
end
local function give(name, p, started)
  bytes = bytes + #(p.inputs or '')
  packs[#packs + 1] = { name, p.lane, p.attempt or '1', p.form, p.rows, p.states, p.queuedAtMs or p.createdAtMs, started,
    p.limits, p.deaths or '0', p.bytes, p.inputs or '', seatsOf(name, p, 'p', SEAT.parameters) or {}, p.tags,
    p.parameters or '', seatsOf(name, p, 't', SEAT.trace) or (p.via and {}) or nil, p.via or nil }
end
local function begin(name, p)
  redis.call('HSET', keys.pack .. name, PACK.run, run, PACK.startedAtMs, now)
  -- The attempt's own time is its worker's to keep: it runs only while that lives.
  push(deadlines, (p.queuedAtMs or p.createdAtMs) + p.totalMs, name)
  push(marks, name, number)
  p.attempt = p.attempt or '1'
  if isHeard(p) then
    for index = 0, #p.states - 1 do
      if stateAt(p.states, index) == 'W' then deliverOf(name, p, index, 's') end
    end
  end
  tellWaiters(p, 'r ' .. name, true)
end
-- The courier ends what is late; here it is not begun. One that was retried may stand in the list twice.
local function isOver(p)
  if not p.states or p.run or not isOpen(p.states) then return true end
  local queued = p.queuedAtMs or p.createdAtMs
  local stillMs = p.startedAtMs and 0 or stoodMs(lane) - (p.stoodMs or 0)
  return now >= queued + p.totalMs or (not p.startedAtMs and now >= queued + p.startMs + stillMs)
end
-- Answers whether the name is to leave the ready list, and whether there may be more.
local function takeChunkOf(name)
  local left, deaths = chunkSize(name)
  if left == 0 then return true, true end
  if not fits(left, deaths) then return false, false end
  local found, why = takeChunk(name, run, number)
  isStrange = why == 'unknown'
  if not found then return not isStrange, not isStrange end
  chunks[#chunks + 1] = found
  count(left, deaths)
  return true, true
end
local function takeOf(name)
  if string.find(name, '/', 1, true) then return takeChunkOf(name) end
  local p = readTaken(keys.pack .. name)
  if p.version and p.version ~= PACK_VERSION then
    isStrange = true
    return false, false
  end
  if isOver(p) then return true, true end
  local open, deaths = openIn(p.states), tonumber(p.deaths or '0')
  local more = open * p.rows
  if not fits(more, deaths) then return false, false end
  begin(name, p)
  begun = begun + open
  give(name, p, now)
  count(more, deaths)
  return true, true
end
local function takeAll(ready)
  local gone, goesOn, isEnd = 0, tonumber(wanted) > 0, false
  while goesOn and not isEnd do
    local names = redis.call('LRANGE', ready, gone, gone + NAMES_A_LOOK - 1)
    isEnd = #names < NAMES_A_LOOK
    for _, name in ipairs(names) do
      local isWhole, leaves, mayGoOn = pcall(takeOf, name)
      -- At the head of its lane it would keep every worker from taking, and from settling.
      if not isWhole then
        broken[#broken + 1] = name
        leaves, mayGoOn = true, true
      end
      goesOn = mayGoOn
      if leaves then gone = gone + 1 end
      -- Thousands may have ended before anybody took them: Redis does nothing else meanwhile.
      goesOn = goesOn and rows < tonumber(wanted) and gone < LOOKS_MAX
      if not goesOn then break end
    end
  end
  if gone > 0 then redis.call('LTRIM', ready, gone, -1) end
  if #marks == 0 then return end
  redis.call('HSET', taken, unpack(marks))
  redis.call('ZADD', keys.due, unpack(deadlines))
end
-- What this very turn took before, when its answer was lost. Answers whether there was any.
local function giveAgain()
  for name, turn in pairs(turns) do
    if turn == number then
      if string.find(name, '/', 1, true) then chunks[#chunks + 1] = takeChunk(name, run, number) or nil
      else
        local p = readTaken(keys.pack .. name)
        if p.run == run then give(name, p, p.startedAtMs) end
      end
    end
  end
  return #packs + #chunks > 0
end

-- Writes down what was taken, and whom to tell of what comes. Answers 1 when what is left needs a shift. It comes behind
-- the ends of this turn, and no time passes in between: a lane that is worked on all the time is never counted as idle.
local function note(flow, left)
  local f, fields = readTurned(flow), {}
  local armed, attendant = woken ~= '1' and f.armed == '1' and '1' or '', f.attendant or ''
  if rows < tonumber(attends) and not isStrange then attendant = worker
  elseif attendant == worker then attendant = '' end
  local arm = left > 0 and armed == '' and 1 or 0
  if arm == 1 then armed, attendant = '1', '' end
  local function put(field, before, value)
    if value ~= (before or '') then push(fields, field, value) end
  end
  put(FLOW.armed, f.armed, armed)
  put(FLOW.attendant, f.attendant, attendant)
  if begun > 0 then
    local running = tonumber(f.running or 0)
    put(FLOW.running, nil, running + begun)
    if running == 0 then put(FLOW.endedSinceMs, nil, paceSince(f)) end
  end
  if #fields > 0 then redis.call('HSET', flow, unpack(fields)) end
  return arm
end

local ready, flow, verdicts = keys.readyPrefix .. lane, keys.flowPrefix .. lane, {}
for item in items() do look(item) end
local isPaused = lane ~= '' and pauseOf(lane).pausedAtMs
if lane ~= '' and not giveAgain() and not isPaused then takeAll(ready) end
for i, item in ipairs(ends) do verdicts[i] = settle(item) end
if lane == '' then return { verdicts, packs, chunks, 0, 0, broken } end
-- Of what it does not understand this worker wants to hear no more, until the courier has it look again.
local left = (isStrange or isPaused) and 0 or redis.call('LLEN', ready)
return { verdicts, packs, chunks, left, note(flow, left), broken }
