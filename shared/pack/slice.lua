-- A prelude: how a job ended, out of the segment that says so. See shared/pack/segment.ts.
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
        bytes = bytes, isLarge = isLarge, body = not isLarge and string.sub(segment, from, from + bytes - 1) }
    end
    if not isLarge then from = from + bytes end
  end
end
-- segments: the pack's field, or false
local function endAt(key, index, segments)
  local own = redis.call('HGET', key, SEAT.ending .. index)
  if own then return sliceOf(own, index) end
  local first = 0
  for number in string.gmatch(segments or '0', '%d+') do
    local candidate = tonumber(number)
    if candidate <= index and candidate > first then first = candidate end
  end
  local segment = redis.call('HGET', key, SEAT.segment .. first)
  return segment and sliceOf(segment, index)
end
