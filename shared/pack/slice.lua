-- A prelude: how a job ended, out of the segment that says so. See shared/pack/segment.ts.
--
-- endAt(key, index, segments)    answers attempt, started, ended, metrics, bytes, isLarge and body; segments is the
--                                pack's field, or false
-- blankEnd(key, index, segments) takes that out, so that nothing is left of it
local function sliceOf(segment, index)
  local first, attempt, started, ended, letters, sizes, metrics, from =
    string.match(segment, '^(%d+) (%d+) (%S+) (%d+) (%S+)\n([^\n]*)\n([^\n]*)\n()')
  local position = index - first + 1
  local letter = string.sub(letters, position, position)
  if letter == '' or letter == '-' then return end
  local nth = 0
  for size in string.gmatch(sizes, '%S+') do
    nth = nth + 1
    local isLarge, bytes = string.sub(size, 1, 1) == '+', tonumber(size)
    if nth == position then
      return { letter = letter, attempt = attempt, started = started, ended = ended, metrics = metrics,
        bytes = bytes, from = from, isLarge = isLarge, body = not isLarge and string.sub(segment, from, from + bytes - 1) }
    end
    if not isLarge then from = from + bytes end
  end
end
-- In which fields it may be: a job that ended by itself may stand in the middle of a segment of others.
local function endFields(index, segments)
  local firsts = {}
  for first in string.gmatch(segments or '0', '%d+') do
    if tonumber(first) <= index then firsts[#firsts + 1] = tonumber(first) end
  end
  table.sort(firsts, function(a, b) return a > b end)
  local fields = { SEAT.ending .. index }
  for _, first in ipairs(firsts) do fields[#fields + 1] = SEAT.segment .. first end
  return fields
end
local function endAt(key, index, segments)
  for _, field in ipairs(endFields(index, segments)) do
    local segment = redis.call('HGET', key, field)
    local slice = segment and sliceOf(segment, index)
    if slice then return slice, field, segment end
  end
end
local function blankEnd(key, index, segments)
  local slice, field, segment = endAt(key, index, segments)
  if not slice then return end
  local first, before, letters, sizes, rest = string.match(segment, '^(%d+)( %d+ %S+ %d+ )(%S+)\n([^\n]*)\n(.*)$')
  local at, nth = index - first + 1, 0
  local letter = function(position) return position == at and '-' end
  letters = string.gsub(letters, '().', letter)
  if not string.find(letters, '%a') then return redis.call('HDEL', key, field) end
  sizes = string.gsub(sizes, '%S+', function()
    nth = nth + 1
    return nth == at and '0'
  end)
  local from = slice.from - (#segment - #rest)
  if not slice.isLarge then rest = string.sub(rest, 1, from - 1) .. string.sub(rest, from + slice.bytes) end
  redis.call('HSET', key, field, first .. before .. letters .. '\n' .. sizes .. '\n' .. rest)
end
