-- Erases a job that has ended: its input, its output, what it had beside; what was still to be delivered of it is
-- dead. A tombstone, a pack of one in the place of what moves out, says for a while that it was deleted.
-- Behind settle.lua, slice.lua, seat.lua and deliver-end.lua.
-- Answers erased, missing, not_ended.
local key, at, letter = seatOf(pack, ownPack, index, tenant)
if not key then return 'missing' end
if letter == 'W' then return 'not_ended' end
if letter == 'D' then return 'erased' end
-- In a pack whose other jobs are open there still are the payloads of all.
local function cutInput(from, seat)
  local p = readInputs(from)
  if not p.inputs then return end
  local sizes, start = wordsOf(p.bytes), 1
  for i = 1, seat do start = start + sizes[i] end
  local stop = start + sizes[seat + 1]
  sizes[seat + 1] = 0
  redis.call('HSET', from, PACK.inputs, string.sub(p.inputs, 1, start - 1) .. string.sub(p.inputs, stop),
    PACK.bytes, table.concat(sizes, ' '))
end
local deliveries, begin = {}, 'evt_' .. string.sub(id, 5)
for _, from in ipairs({ pack, ownPack }) do
  for _, delivery in ipairs(redis.call('SMEMBERS', from .. ':ev')) do
    if string.sub(delivery, 1, #begin) == begin then deliveries[delivery] = from .. ':ev' end
  end
end
local function blank(from, seat)
  local p = readPack(from)
  if not p.states then return end
  local states = string.sub(p.states, 1, seat) .. 'D' .. string.sub(p.states, seat + 2)
  redis.call('HDEL', from, SEAT.parameters .. seat, SEAT.metadata .. seat, SEAT.webhook .. seat, SEAT.trace .. seat,
    SEAT.label .. seat, SEAT.compared .. seat, SEAT.input .. seat)
  redis.call('UNLINK', from .. ':out' .. seat)
  if not string.find(states, '[^DN]') then return redis.call('UNLINK', from, from .. ':in', from .. ':ev') end
  blankEnd(from, seat, p.segments)
  cutInput(from, seat)
  local large = {}
  for _, word in ipairs(wordsOf(p.large)) do
    if tonumber(word) ~= seat then large[#large + 1] = word end
  end
  redis.call('HSET', from, PACK.states, states, PACK.large, table.concat(large, ' '))
end
blank(key, at)
-- What it left behind when it moved out.
if key == ownPack then blank(pack, tonumber(index)) end
for delivery, set in pairs(deliveries) do
  redis.call('SREM', set, delivery)
  endDelivery(keys.delivery .. delivery, delivery, 'resource_deleted')
end
redis.call('UNLINK', ownPack)
redis.call('HSET', ownPack, PACK.states, 'D', PACK.tenants, tenant)
redis.call('EXPIRE', ownPack, tombstoneSeconds)
redis.call('SET', erased, 1)
return 'erased'
