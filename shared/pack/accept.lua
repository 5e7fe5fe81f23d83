-- Makes packs durable, and queues them: record, outstanding, load, ready list, deadline, listings, counts.
-- Each job is judged by itself. Nothing of a refused one is stored, and no pack without an accepted one.
-- Answers whether the lane needs a shift (1), then of each pack: when it was accepted, how many are ahead
-- of its first, a letter a job, and the ids that replayed ones stand for.
--   a accepted · r replayed · k key reused · p paused · q queue full · t tenant full · i input lost · c collision
local DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
local f = readFlow(flow)
local accepted, over, bytes = tonumber(f.accepted or 0), tonumber(f.over or 0), tonumber(f.bytes or 0)
local isArmed, isResent, fresh = f.armed == '1', false, 0
local stood = tonumber(f.stoodMs or 0) + (f.pausedAtMs and now - f.pausedAtMs or 0)
local arm, answer = 0, {}
-- Written by one command each, for all packs of the call.
local outstandingPacks, duePacks, readyPacks, newTenants = {}, {}, {}, {}

laneJobs, laneBytes = tonumber(laneJobs), tonumber(laneBytes)
tenantJobs, tenantBytes = tonumber(tenantJobs), tonumber(tenantBytes)

local function isTold(pack, flag) return string.find(pack.flags, flag, 1, true) ~= nil end

local function push(list, first, second)
  list[#list + 1] = first
  if second then list[#list + 1] = second end
end

-- What jobs have beside the common, by index; and what the keys of all of them are bound to.
local packs, extras, scopes, bound = {}, {}, {}, {}
for pack in items() do
  packs[#packs + 1] = pack
  extras[pack.name] = {}
  if pack.extras ~= '' then
    for _, extra in ipairs(cjson.decode(pack.extras)) do
      extras[pack.name][extra[1]] = extra
      if extra[2] ~= '' then scopes[#scopes + 1] = extra[2] end
    end
  end
end
if #scopes > 0 then
  local names = {}
  for i, scope in ipairs(scopes) do names[i] = keys.idempotency .. scope end
  local values = redis.call('MGET', unpack(names))
  for i, scope in ipairs(scopes) do bound[scope] = values[i] end
end

-- What is counted of the tenants of all packs.
local tenants = {}
local function readTenants()
  local names, counted = {}, {}
  for _, pack in ipairs(packs) do
    for name in string.gmatch(pack.tenants, '%S+') do
      if not tenants[name] then
        tenants[name] = { fresh = 0, listed = {} }
        push(names, name)
        push(counted, keys.tenant .. name .. ':jobs', keys.tenant .. name .. ':bytes')
      end
    end
  end
  local counts = redis.call('MGET', unpack(counted))
  for i, name in ipairs(names) do
    local t, jobs = tenants[name], counts[2 * i - 1]
    t.jobs, t.bytes, t.isNew = tonumber(jobs or 0), tonumber(counts[2 * i] or 0), not jobs
  end
end
readTenants()

local function boundTo(extra)
  local value = extra and bound[extra[2]]
  if not value then return end
  local space = string.find(value, ' ', 1, true)
  return string.sub(value, 1, space - 1), string.sub(value, space + 1)
end

local function judge(job)
  local id, fingerprint = boundTo(job.extra)
  if id then return fingerprint == job.extra[3] and 'r' or 'k', id end
  if f.refuses then return 'p' end
  local t = tenants[job.tenant]
  if accepted - over >= laneJobs or bytes + job.size > laneBytes then return 'q' end
  if t.jobs >= tenantJobs or t.bytes + job.size > tenantBytes then return 't' end
  if job.isLarge and redis.call('PERSIST', job.pack.key .. ':in') == 0 then return 'i' end
  return 'a'
end

-- As long as its job may run and is kept: a key that went before would make it run again.
local function bind(extra, id, limits)
  local totalMs, kept = string.match(limits, '^%d+ %d+ (%d+) %d+ (%d+)')
  local value = id .. ' ' .. extra[3]
  local seconds = math.max(idempotencySeconds, math.ceil(totalMs / 1000) + kept)
  redis.call('SET', keys.idempotency .. extra[2], value, 'EX', seconds)
  bound[extra[2]] = value
end

-- The jobs of a pack, each with its part of the payloads.
local function jobsOf(pack)
  local names, jobs, at = {}, {}, 1
  for name in string.gmatch(pack.tenants, '%S+') do names[#names + 1] = name end
  for size in string.gmatch(pack.sizes, '%S+') do
    local index = #jobs
    local owner = pack.owners == '' and 0 or string.byte(pack.owners, index + 1) - 48
    jobs[index + 1] = { pack = pack, index = index, tenant = names[owner + 1], size = tonumber(size), from = at,
      extra = extras[pack.name][index], isLarge = isTold(pack, 'l') }
    at = at + size
  end
  return jobs
end

-- Counts a job, and adds its own fields to the record.
local function take(job, record, has)
  local t, extra = tenants[job.tenant], job.extra
  accepted, bytes, fresh = accepted + 1, bytes + job.size, fresh + 1
  t.jobs, t.bytes, t.fresh = t.jobs + 1, t.bytes + job.size, t.fresh + 1
  t.indexes = (t.indexes or '') .. string.sub(DIGITS, job.index + 1, job.index + 1)
  if not extra then return end
  if extra[2] ~= '' then bind(extra, extra[4], job.pack.limits) end
  if extra[5] ~= '' then push(record, SEAT.parameters .. job.index, extra[5]) has.p = 'p' end
  if extra[6] ~= '' then push(record, SEAT.metadata .. job.index, extra[6]) end
  if extra[7] ~= '' then push(record, SEAT.webhook .. job.index, extra[7]) has.w = 'w' end
  if extra[8] and extra[8] ~= '' then push(record, SEAT.trace .. job.index, extra[8]) has.t = 't' end
  if extra[9] then push(record, SEAT.parent .. job.index, extra[9]) end
end

-- The pack stands in the listing of each of its tenants, with the indexes of theirs unless all are.
local function list(pack, count)
  for _, t in pairs(tenants) do
    if t.indexes then
      push(t.listed, now, #t.indexes == count and pack.name or pack.name .. ':' .. t.indexes)
      t.indexes = nil
    end
  end
end

local function store(pack, kept, record)
  local function also(field, value)
    if value and value ~= '' then push(record, field, value) end
  end
  also(PACK.inputs, kept.inputs)
  also(PACK.owners, pack.owners)
  also(PACK.parameters, pack.parameters)
  also(PACK.has, kept.has)
  also(PACK.waiters, pack.waiters)
  if isTold(pack, 't') then push(record, PACK.isTaken, '1') end
  also(PACK.via, pack.via)
  also(PACK.stoodMs, stood > 0 and stood)
  also(PACK.refusals, kept.refusals)
  redis.call('HSET', pack.key, PACK.version, packVersion, PACK.lane, lane, PACK.limits, pack.limits,
    PACK.createdAtMs, now, PACK.form, pack.form, PACK.rows, pack.rows, PACK.tenants, pack.tenants,
    PACK.states, kept.states, PACK.bytes, kept.sizes, PACK.number, kept.number, PACK.nonce, pack.nonce,
    PACK.tags, pack.tags, unpack(record))
  local startMs, totalMs = string.match(pack.limits, '^(%d+) %d+ (%d+)')
  push(outstandingPacks, now, pack.name)
  push(duePacks, now + math.min(startMs, totalMs), pack.name)
  push(readyPacks, pack.name)
end

-- Each tenant's share of a pack; name is that of the pack, with the indexes of the tenant's jobs unless all are.
local function sharesOf(pack, count, bytes)
  if pack.owners == '' then return { { t = tenants[pack.tenants], jobs = count, bytes = bytes, name = pack.name } } end
  local shares, at = {}, 0
  for name in string.gmatch(pack.tenants, '%S+') do
    push(shares, { t = tenants[name], jobs = 0, bytes = 0, name = pack.name .. ':' })
  end
  for size in string.gmatch(pack.sizes, '%S+') do
    at = at + 1
    local it = shares[string.byte(pack.owners, at) - 47]
    it.jobs, it.bytes, it.name = it.jobs + 1, it.bytes + size, it.name .. string.sub(DIGITS, at, at)
  end
  return shares
end

-- The usual pack is judged as a whole: jobs with nothing of their own, for which there is room.
local function acceptWhole(pack)
  if f.refuses or pack.extras ~= '' or isTold(pack, 'l') then return end
  local count, size, number = tonumber(pack.count), #pack.inputs, accepted
  if number - over + count > laneJobs or bytes + size > laneBytes then return end
  local shares = sharesOf(pack, count, size)
  for _, it in ipairs(shares) do
    if it.t.jobs + it.jobs > tenantJobs or it.t.bytes + it.bytes > tenantBytes then return end
  end
  accepted, bytes, fresh = accepted + count, bytes + size, fresh + count
  for _, it in ipairs(shares) do
    local t = it.t
    t.jobs, t.bytes, t.fresh = t.jobs + it.jobs, t.bytes + it.bytes, t.fresh + it.jobs
    push(t.listed, now, it.name)
  end
  store(pack, { states = string.rep('W', count), sizes = pack.sizes, number = number, inputs = pack.inputs }, {})
  return { now, math.max(0, number - over), string.rep('a', count) }
end

local function acceptEach(pack)
  local jobs, record, replayed, letters, states, sizes, inputs, has = jobsOf(pack), {}, {}, {}, {}, {}, {}, {}
  local number = accepted
  for i, job in ipairs(jobs) do
    local letter, id = judge(job)
    letters[i], states[i], sizes[i] = letter, 'N', 0
    if letter == 'r' then push(replayed, id) end
    if letter == 'a' then
      states[i], sizes[i] = 'W', job.size
      take(job, record, has)
      if not job.isLarge then push(inputs, string.sub(pack.inputs, job.from, job.from + job.size - 1)) end
    end
  end
  letters = table.concat(letters)
  if accepted > number then
    store(pack, { states = table.concat(states), sizes = table.concat(sizes, ' '), number = number,
      inputs = table.concat(inputs), has = (has.p or '') .. (has.w or '') .. (has.t or ''),
      refusals = accepted - number < #jobs and letters }, record)
    list(pack, #jobs)
  elseif isTold(pack, 'l') then
    redis.call('UNLINK', pack.key .. ':in')
  end
  return { now, math.max(0, number - over), letters, unpack(replayed) }
end

-- Its accept has been here before, and the reply was lost.
local function again(pack, p)
  local replayed, jobs = {}, jobsOf(pack)
  local letters = p.refusals or string.rep('a', #jobs)
  for i, job in ipairs(jobs) do
    if string.sub(letters, i, i) == 'r' then push(replayed, boundTo(job.extra) or '') end
  end
  return { tonumber(p.createdAtMs), math.max(0, p.number - over), letters, unpack(replayed) }
end

for i, pack in ipairs(packs) do
  local p = readPack(pack.key)
  if not p.nonce then
    answer[i] = acceptWhole(pack) or acceptEach(pack)
  elseif p.nonce == pack.nonce then
    answer[i], isResent = again(pack, p), true
  else
    answer[i] = { 0, 0, string.rep('c', #jobsOf(pack)) }
  end
end

if fresh > 0 then
  if not f.pausedAtMs then noteRecent(recent) end
  redis.call('ZADD', outstanding, unpack(outstandingPacks))
  redis.call('ZADD', due, unpack(duePacks))
  redis.call('RPUSH', ready, unpack(readyPacks))
  local elements = {}
  for i = 1, fresh do elements[i] = '1' end
  redis.call('RPUSH', f.pausedAtMs and keys.heldPrefix .. lane or load, unpack(elements))
  if not f.accepted then redis.call('SADD', keys.lanes, lane) end
  local counts = {}
  for name, t in pairs(tenants) do
    if t.fresh > 0 then
      if t.isNew then push(newTenants, name) end
      push(counts, keys.tenant .. name .. ':jobs', t.jobs)
      push(counts, keys.tenant .. name .. ':bytes', t.bytes)
      redis.call('ZADD', keys.jobs .. name, unpack(t.listed))
    end
  end
  redis.call('MSET', unpack(counts))
  if #newTenants > 0 then redis.call('SADD', keys.tenants, unpack(newTenants)) end
  -- Pace of arrival, in windows of two seconds.
  local since, count, rate = tonumber(f.arrivedSinceMs or now), tonumber(f.arrived or 0) + fresh, f.arrivalRate or ''
  if now - since >= 2000 then
    local seen = count * 1000 / (now - since)
    if rate ~= '' and now - since < 10000 then seen = (tonumber(rate) + seen) / 2 end
    since, count, rate = now, 0, string.format('%.3f', seen)
  end
  local fields = { FLOW.accepted, accepted, FLOW.bytes, bytes, FLOW.arrivedSinceMs, since, FLOW.arrived, count,
    FLOW.arrivalRate, rate }
  if not f.pausedAtMs then
    for _, value in ipairs({ FLOW.armed, 1, FLOW.attendant, '' }) do push(fields, value) end
    arm = (isArmed or tellAttendant(lane, f.attendant)) and 0 or 1
  end
  redis.call('HSET', flow, unpack(fields))
end
-- Whoever armed the lane may not have learnt that it did.
if isResent and isArmed then arm = 1 end
return { arm, unpack(answer) }
