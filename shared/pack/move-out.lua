-- A prelude, behind settle.lua: moves jobs out of their packs. See settle.ts.
--
-- moveOut(name, p, index)  makes a pack of one of a job and answers its name: that of the pack, with the digit of the
--                          index behind it. In the pack the job is `M`; the new one has its state and payload,
--                          its optional fields and the counts of attempts. One that is open is outstanding and due, and in no
--                          ready list. The segment of one that has ended stays where it is
-- reopen(name)             keeps the pack that a pack of one came from: for a retry of what had ended
-- p is what readPack(key) gave, brought up to date; no run may have the pack. A pack lives as long as one of those
-- that moved out of it is open, since look-ups and listings go by way of it.
local function payloadOf(key, p, inputs, index)
  if not inputs then return redis.call('HGET', key, SEAT.input .. index) end
  local from = 1
  for i, bytes in ipairs(wordsOf(p.bytes)) do
    if i == index + 1 then return string.sub(inputs, from, from + bytes - 1) end
    if stateAt(p.states, i - 1) ~= 'N' then from = from + bytes end
  end
end
local function reopen(name)
  if #name ~= 22 then return end
  local origin = keys.pack .. string.sub(name, 1, 21)
  if redis.call('EXISTS', origin) == 0 then return end
  redis.call('HINCRBY', origin, PACK.movedOut, 1)
  redis.call('PERSIST', origin)
end
local function moveOut(name, p, index)
  local key, own = keys.pack .. name, name .. string.sub(DIGITS, index + 1, index + 1)
  local h, state = readWhole(key), stateAt(p.states, index)
  local fields = { PACK.version, h.version, PACK.lane, h.lane, PACK.limits, h.limits, PACK.createdAtMs, h.createdAtMs,
    PACK.form, h.form, PACK.rows, h.rows, PACK.tenants, tenantsOf(p)(index), PACK.states, state,
    PACK.tags, string.sub(h.tags, 4 * index + 1, 4 * index + 4), PACK.bytes, wordsOf(h.bytes)[index + 1],
    PACK.number, h.number + index, PACK.nonce, h.nonce }
  local function add(field, value)
    if value then push(fields, field, value) end
  end
  add(PACK.attempt, h.attempt)
  add(PACK.firstAttempt, h.firstAttempt)
  add(PACK.queuedAtMs, h.queuedAtMs)
  add(PACK.stoodMs, h.stoodMs)
  add(PACK.startedAtMs, h.startedAtMs)
  add(PACK.deaths, h.deaths)
  add(PACK.waiters, h.waiters)
  add(PACK.isTaken, h.isTaken)
  add(PACK.via, h.via)
  add(PACK.parameters, h.parameters)
  add(PACK.has, h.has)
  add(PACK.inputs, payloadOf(key, p, h.inputs, index))
  local seat, names = { SEAT.parameters, SEAT.metadata, SEAT.webhook, SEAT.trace, SEAT.label, SEAT.compared, SEAT.parent }, {}
  for i, field in ipairs(seat) do names[i] = field .. index end
  for i, value in ipairs(redis.call('HMGET', key, unpack(names))) do add(seat[i] .. 0, value) end
  redis.call('HDEL', key, SEAT.input .. index, unpack(names))
  redis.call('HSET', keys.pack .. own, unpack(fields))
  p.states = string.sub(p.states, 1, index) .. 'M' .. string.sub(p.states, index + 2)
  redis.call('HSET', key, PACK.states, p.states)
  if state ~= 'W' then return own end
  p.movedOut = redis.call('HINCRBY', key, PACK.movedOut, 1)
  local queued = h.queuedAtMs or h.createdAtMs
  local deadline = h.startedAtMs and h.totalMs or math.min(h.startMs, h.totalMs)
  redis.call('ZADD', keys.outstandingPrefix .. h.lane, queued, own)
  redis.call('ZADD', keys.due, queued + deadline, own)
  if not isOpen(p.states) then
    redis.call('HSET', key, PACK.endedAtMs, now)
    closePack(name, p)
  end
  return own
end
