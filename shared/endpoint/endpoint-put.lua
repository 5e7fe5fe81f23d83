-- Makes, changes or deletes an endpoint, unless it is another one by now than its writer has seen.
-- expected: the revision that he has seen, 0 for none. record: '' deletes. token: drawn for this change.
-- Answers the new revision; or changed, full, or missing where nothing is left to delete.
local before = redis.call('HGET', endpoints, name)
local revision, drawn, created = string.match(before or '', '^(%d+) (%S+) (%d+)')
if before and drawn == token then return revision end
if record == '' and not before then return 'missing' end
if (revision or '0') ~= expected then return 'changed' end
if not before and redis.call('HLEN', endpoints) >= tonumber(most) then return 'full' end
-- Counted for all endpoints together: one that is made again does not begin anew.
revision = redis.call('INCR', counter)
if record == '' then
  redis.call('HDEL', endpoints, name)
else
  redis.call('HSET', endpoints, name, table.concat({ revision, token, created or now, now, record }, ' '))
end
return revision
