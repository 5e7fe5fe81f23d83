-- Finds whose time has come.
-- KEYS 1 sorted set of members by their times
-- ARGV 1 ms that must have passed since, 2 how many at most
-- Answers { now, members }
return { now, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, ARGV[2]) }
