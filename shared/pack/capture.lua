-- A prelude, in front of settle.lua: hands packs of captured jobs to the courier, as far as there is room.
--
-- capture(name, p)  of a pack whose last open job has ended: answers whether its inputs have to stay until a courier
--                   has written them. Costs a pack that is not captured nothing
local CAPTURED_BYTES_MAX, CAPTURED_PACKS_MAX = 67108864, 10000
local function capture(name, p)
  local marks = p.via and string.match(p.via, '^%S+ %S+ (%a+)$')
  if not marks then return false end
  local jobs, bytes, index = 0, 0, 0
  for size in string.gmatch(p.bytes, '%S+') do
    index = index + 1
    if string.find(string.sub(p.states, index, index), '[SFCX]') then jobs, bytes = jobs + 1, bytes + size end
  end
  if jobs == 0 then return false end
  local hasInputs = string.find(marks, 'i', 1, true) ~= nil
  if not hasInputs then bytes = 0 end
  local c = readCapture(keys.capture)
  if tonumber(c.heardUntilMs or 0) < now then
    redis.call('HINCRBY', keys.capture, CAPTURE.unheard, jobs)
    return false
  end
  if (c.bytes or 0) + bytes > CAPTURED_BYTES_MAX or redis.call('XLEN', keys.captures) >= CAPTURED_PACKS_MAX then
    redis.call('HINCRBY', keys.capture, CAPTURE.full, jobs)
    return false
  end
  redis.call('XADD', keys.captures, '*', 'p', name, 'a', p.attempt or '1', 'j', jobs, 'b', bytes)
  redis.call('HINCRBY', keys.capture, CAPTURE.bytes, bytes)
  return hasInputs
end
