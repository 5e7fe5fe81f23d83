-- A prelude: `new Script(deliver.lua, yours.lua)` puts it in front of a script that causes events.
--
-- deliver(places, event) stores the webhook deliveries of an event of a job or a batch, one for what its
-- record wants called (`wh`, see shared/webhook/subscription.ts) and one for each endpoint of its tenant
-- that wants it. Call it after the first write of the script, at most once per event; what an event
-- stores has ids made of its name, so that running the script twice stores nothing twice.
--   places   one argument of the script: `deliveryPlaces` of shared/redis/keys.ts
--   event    key      key of the record; the ids of its deliveries are put in the set <key>:ev
--            id       job_… or bat_…
--            tenant
--            wh       the record's field `wh`, or false
--            pending  the record's field `dp`, or false
--            letter   which event, see shared/webhook/event-types.ts
--            name     what tells it from other events of the record: '<attempt><letter>' of a job,
--                     '<letter>' or '<letter><number>' of a batch
--            attempt  of the job; '' for a batch
--            now      ms since the epoch
--            extra    what its body needs and the record does not say (a range of items); nil for nothing
-- Answers how many deliveries of the record are pending now, also kept in its field `dp`. The caller
-- gives the record, its large keys and <key>:ev the time to live keepSeconds(retention, pending): what a
-- delivery is made of stays until its last attempt. When the last one ends, deliver-end.lua shortens it.
-- isAwaited(places, tenant, wh) says whether anybody may want to know: ask it first where every job comes
-- by, since making an event of each is not free.
-- storeDelivery stores one, for who knows its target; answers how many are new.
-- Costs one read a tenant and call when nobody wants anything.
local PENDING_SECONDS = 345600
local interests = {}
local function storeDelivery(places, event, target, include, url, id)
  local prefix, queue, queues, listing = string.match(places, '^%S+ (%S+) (%S+) (%S+) (%S+)')
  local delivery = prefix .. id
  if redis.call('EXISTS', delivery) == 1 then return 0 end
  redis.call('HSET', delivery, 'r', event.id, 'y', event.key, 't', event.tenant, 'k', event.letter, 'at', event.attempt,
    'g', target, 'u', url, 'inc', include, 's', 'pending', 'n', 0, 'b', 0, 'ca', event.now, 'du', event.now,
    'x', event.extra or '')
  redis.call('ZADD', queue .. target, event.now, id)
  redis.call('ZADD', queues, 'LT', event.now, target)
  redis.call('ZADD', listing .. event.tenant, event.now, id)
  if event.key ~= '' then redis.call('SADD', event.key .. ':ev', id) end
  return 1
end
local function isAwaited(places, tenant, wh)
  if not interests[tenant] then
    interests[tenant] = redis.call('HGETALL', string.match(places, '^%S+') .. tenant)
  end
  return wh or #interests[tenant] > 0
end
local function deliver(places, event)
  local tenant, pending = event.tenant, tonumber(event.pending or '0')
  if not isAwaited(places, tenant, event.wh) then return pending end
  local endpoints, stored = interests[tenant], 0
  local function store(target, include, url, id)
    stored = stored + storeDelivery(places, event, target, include, url, id)
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
  if stored > 0 then pending = redis.call('HINCRBY', event.key, 'dp', stored) end
  return pending
end
local function keepSeconds(retention, pending)
  return pending > 0 and math.max(retention, PENDING_SECONDS) or tonumber(retention)
end
