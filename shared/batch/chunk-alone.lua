-- Writes down how many exclusive runs an item has had, if this run still has its chunk; 0 for none.
local c, note = readChunk(chunk), 'q' .. offset
if c.status ~= 'r' or c.run ~= run then return 0 end
if runs == '0' then redis.call('HDEL', chunk, note)
else redis.call('HSET', chunk, note, runs) end
return 1
