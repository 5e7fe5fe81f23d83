-- A prelude for scripts that cause events.
--
-- deliver(event) stores the webhook deliveries of an event of a job or a batch, one for what its
-- record wants called (`wh`, see shared/webhook/subscription.ts) and one for each endpoint of its tenant
-- that wants it. Call it after the first write of the script, at most once per event; what an event
-- stores has ids made of its name, so that running the script twice stores nothing twice.
--   event    key      key of the record; the ids of its deliveries are put in the set <key>:ev
--            id       job_… or bat_…
--            tenant
--            wh       the record's field `wh`, or false
--            pending  the record's field `dp`, or false
--            letter   which event, see shared/webhook/event-types.ts
--            name     what tells it from other events of the record: '<attempt><letter>' of a job,
--                     '<letter>' or '<letter><number>' of a batch
--            attempt  of the job; '' for a batch
--            extra    what its body needs and the record does not say (a range of items); nil for nothing
-- Answers how many deliveries of the record are pending now, also kept in its field `dp`. The caller
-- gives the record, its large keys and <key>:ev the time to live keepSeconds(retention, pending): what a
-- delivery is made of stays until its last attempt. When the last one ends, deliver-end.lua shortens it.
-- isAwaited(tenant, wh) says whether anybody may want to know: ask it first where every job comes
-- by, since making an event of each is not free.
-- storeDelivery stores one, for who knows its target; answers how many are new.
-- Costs one read a tenant and call when nobody wants anything.
local PENDING_SECONDS = 345600
local interests = {}
local function storeDelivery(event, target, include, url, id)
  local delivery = keys.delivery .. id
  if redis.call('EXISTS', delivery) == 1 then return 0 end
  redis.call('HSET', delivery, DELIVERY.resource, event.id, DELIVERY.resourceKey, event.key,
    DELIVERY.tenant, event.tenant, DELIVERY.type, event.letter, DELIVERY.attempt, event.attempt,
    DELIVERY.target, target, DELIVERY.url, url, DELIVERY.include, include, DELIVERY.status, 'pending',
    DELIVERY.attempts, 0, DELIVERY.attemptsBefore, 0, DELIVERY.createdAtMs, now,
    DELIVERY.nextAttemptAtMs, now, DELIVERY.extra, event.extra or '')
  redis.call('ZADD', keys.target .. target, now, id)
  redis.call('ZADD', keys.targets, 'LT', now, target)
  redis.call('ZADD', keys.deliveries .. event.tenant, now, id)
  if event.key ~= '' then redis.call('SADD', event.key .. ':ev', id) end
  return 1
end
local function isAwaited(tenant, wh)
  if not interests[tenant] then interests[tenant] = redis.call('HGETALL', keys.hooks .. tenant) end
  return wh or #interests[tenant] > 0
end
local function deliver(event)
  local tenant, pending = event.tenant, tonumber(event.pending or '0')
  if not isAwaited(tenant, event.wh) then return pending end
  local endpoints, stored = interests[tenant], 0
  local function store(target, include, url, id)
    stored = stored + storeDelivery(event, target, include, url, id)
  end
  local id = 'evt_' .. string.sub(event.id, 5) .. '_' .. event.name
  local own, letters, include, url = string.match(event.wh or '', '^(%S+) (%S+) (%S) (.*)$')
  local isWanted = own and string.find(letters, event.letter, 1, true)
  if isWanted and url ~= '' then store(own, include, url, id) end
  for i = 1, #endpoints, 2 do
    local target, wants, much = endpoints[i], string.match(endpoints[i + 1], '^(%S+) (%S)$')
    local short = id .. '_' .. string.sub(target, -8)
    if isWanted and target == own then store(target, include, '', short)
    elseif string.find(wants, event.letter, 1, true) then store(target, much, '', short) end
  end
  if stored > 0 then pending = redis.call('HINCRBY', event.key, RESOURCE.pending, stored) end
  return pending
end
local function keepSeconds(retention, pending)
  return pending > 0 and math.max(retention, PENDING_SECONDS) or tonumber(retention)
end
