-- A prelude, in front of settle.lua: hands what is captured to the courier, as far as there is room.
--
-- capture(name, p)       of a pack whose last open job has ended: answers whether its inputs have to stay until a courier
--                        has written them. Costs a pack that is not captured nothing
-- captureLabel(labeled)  what a job of a pack should have answered: name, via, attempt, index and label
local CAPTURED_BYTES_MAX, CAPTURED_PACKS_MAX = 67108864, 10000
local function captureMarks(via) return via and string.match(via, '^%S+ %S+ (%a+)$') end
-- What there is no room for, or nobody to write, is dropped and counted.
local function isRoomFor(jobs, bytes)
  local c, reason = readCapture(keys.capture), nil
  if tonumber(c.heardUntilMs or 0) < now then reason = CAPTURE.unheard
  elseif (c.bytes or 0) + bytes > CAPTURED_BYTES_MAX or redis.call('XLEN', keys.captures) >= CAPTURED_PACKS_MAX then
    reason = CAPTURE.full
  end
  if reason then redis.call('HINCRBY', keys.capture, reason, jobs) end
  return not reason
end
local function capture(name, p)
  local marks = captureMarks(p.via)
  if not marks then return false end
  local jobs, bytes, index = 0, 0, 0
  for size in string.gmatch(p.bytes, '%S+') do
    index = index + 1
    if string.find(string.sub(p.states, index, index), '[SFCX]') then jobs, bytes = jobs + 1, bytes + size end
  end
  local hasInputs = string.find(marks, 'i', 1, true) ~= nil
  if not hasInputs then bytes = 0 end
  if jobs == 0 or not isRoomFor(jobs, bytes) then return false end
  redis.call('XADD', keys.captures, '*', 'p', name, 'a', p.attempt or '1', 'j', jobs, 'b', bytes)
  redis.call('HINCRBY', keys.capture, CAPTURE.bytes, bytes)
  return hasInputs
end
local function captureLabel(labeled)
  if not captureMarks(labeled.via) or not isRoomFor(1, 0) then return end
  redis.call('XADD', keys.captures, '*', 'p', labeled.name, 'a', labeled.attempt, 'j', 1, 'b', 0, 'i', labeled.index,
    'l', labeled.label)
end
