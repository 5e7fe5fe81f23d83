-- Says that a courier with a folder lives, and lets it write unless another does.
-- Answers the term in which it writes, another one after every change of hands; 0 when another writes.
local c = readCapture(capture)
local isMine, isFree = c.owner == owner, tonumber(c.leaseUntilMs or 0) <= now
if not isMine and not isFree then
  redis.call('HSET', capture, CAPTURE.heardUntilMs, now + heardMs)
  return 0
end
local term = tonumber(c.term or 0) + (isMine and 0 or 1)
redis.call('HSET', capture, CAPTURE.heardUntilMs, now + heardMs, CAPTURE.owner, owner, CAPTURE.leaseUntilMs, now + leaseMs,
  CAPTURE.term, term)
return term
