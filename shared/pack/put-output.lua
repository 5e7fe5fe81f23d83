-- Puts an output in a key of its own, for a while: the turn that settles its job makes it stay. Nothing is put when
-- the job is not this run's any more. A plain SET would be refused at maxmemory; behind a write it is not.
redis.call('HDEL', pack, '-')
local p = readPack(pack)
if p.run ~= run or (p.attempt or '1') ~= attempt or string.sub(p.states, index + 1, index + 1) ~= 'W' then return 0 end
redis.call('SET', output, body, 'EX', seconds)
return 1
