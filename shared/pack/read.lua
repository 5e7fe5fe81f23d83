-- Reads jobs, and puts a gateway on the list of those that wait for them. Of a neighbour's nothing is answered.
-- mode: '' to read, 'w' to wait for the end, 'e' for every change, 'l' to read without the output
-- Answers per job: 0 when there is none that is this tenant's, 'D' when it was deleted, else what read.ts lists.
local EVENTS = { S = 'S', F = 'F', C = 'C', X = 'E' }
local function noteWaiter(key, waiting, name)
  -- First, because it frees: a script that has written is not refused at maxmemory, and nor is a read.
  redis.call('HDEL', key, '-')
  if not waiting then redis.call('HSET', key, PACK.waiters, name)
  elseif not string.find(' ' .. waiting .. ' ', ' ' .. name .. ' ', 1, true) then
    redis.call('HSET', key, PACK.waiters, waiting .. ' ' .. name)
  end
end
-- Of the delivery that tells of its end, to what it wants called itself: status, attempts, when next, last status.
local function deliveryOf(wants, id, attempt, letter)
  local own, letters, url = string.match(wants or '', '^(%S+) (%S+) %S (.*)$')
  if not own or not string.find(letters, letter, 1, true) then return {} end
  local event = 'evt_' .. string.sub(id, 5) .. '_' .. attempt .. letter
  if url == '' then event = event .. '_' .. string.sub(own, -8) end
  return readDelivery(keys.delivery .. event)
end
local packs = {}
local function packAt(key)
  packs[key] = packs[key] or readPack(key)
  return packs[key]
end
local function positionOf(job, key, index, r)
  if job.mode == 'w' or job.mode == 'e' then
    -- Another job of the pack may have put itself there since it was read.
    noteWaiter(key, redis.call('HGET', key, PACK.waiters), (job.mode == 'e' and '+' or '') .. gateway)
  end
  return not r.run and math.max(0, r.number + index - (redis.call('HGET', keys.flowPrefix .. r.lane, FLOW.over) or 0))
end
local function jobAt(job, key, index, letter)
  local r = packAt(key)
  local metadata, wants, trace =
    unpack(redis.call('HMGET', key, SEAT.metadata .. index, SEAT.webhook .. index, SEAT.trace .. index))
  local head = { letter, r.lane, r.form, r.rows, r.limits, r.createdAtMs, r.queuedAtMs, r.attempt, r.history, metadata,
    wants, key, index, trace or (r.via and ''), r.via or nil }
  if letter == 'W' then return { head, r.run and r.startedAtMs, positionOf(job, key, index, r) } end
  local e, ttl = endAt(key, index, r.segments), redis.call('PTTL', key)
  if letter == 'S' and job.mode == 'l' then e.body, e.isLarge = false, false end
  return { head, { e.attempt, e.started, e.ended, e.metrics, e.isLarge and e.bytes, e.body, ttl >= 0 and now + ttl },
    deliveryOf(wants, job.id, e.attempt, EVENTS[letter]) }
end
local jobs = {}
for job in items() do
  local key, index, letter = seatOf(job.pack, job.ownPack, job.index, job.tenant)
  if not key then jobs[#jobs + 1] = 0
  elseif letter == 'D' then jobs[#jobs + 1] = 'D'
  else jobs[#jobs + 1] = jobAt(job, key, index, letter) end
end
return jobs
