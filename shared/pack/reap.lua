-- Gives back what runs had whose lease has ended. Behind give-back.lua, move-out.lua and what they stand behind.
-- most: runs; lost, poisoned: problems, JSON
-- lookedAtMs: when whoever looks did so last, or ''. When that is longer ago than silenceMs, Redis was away, and workers
--   that live could not say so either: they get graceMs for it
-- Answers { runs, packs that wait again, { lane, code, jobs } of those that ended, lanes that need a shift, now, 1 when
-- that time was given, packs whose record is broken }.
local DEATHS_TO_PART, DEATHS_MAX = 2, 5
local count, packs, ends, lanes, broken = 0, 0, {}, {}, {}
local function wait(lane, name)
  redis.call('LPUSH', keys.readyPrefix .. lane, name)
  lanes[lane], packs = true, packs + 1
end
local function endAll(name, p, code, problem)
  ends[#ends + 1] = { p.lane, code, openIn(p.states) }
  endAlike(name, p, 0, #p.states - 1, 'F', problem)
end
-- Dying in company is nobody's fault alone: so jobs that saw two workers die run one by one.
local function part(name, p)
  for index = #p.states - 1, 0, -1 do
    if stateAt(p.states, index) == 'W' then wait(p.lane, moveOut(name, p, index)) end
  end
end
local function lose(name, run)
  local lane, p = leavePack(name, run, 'lost')
  if not lane then return end
  if not p then return wait(lane, name) end
  local open, attempt, deaths = openIn(p.states), (p.attempt or 1) + 1, (p.deaths or 0) + 1
  if open == 0 then return end
  if attempt - (p.firstAttempt or 1) > tonumber(p.retries) then return endAll(name, p, 'worker_lost', lost) end
  if deaths >= DEATHS_MAX then return endAll(name, p, 'poisoned', poisoned) end
  redis.call('HSET', keys.pack .. name, PACK.attempt, attempt, PACK.deaths, deaths)
  if deaths >= DEATHS_TO_PART and open > 1 then part(name, p) else wait(lane, name) end
end
if lookedAtMs ~= '' and now - lookedAtMs > tonumber(silenceMs) then
  -- First, because it frees: a script that has written is not refused at maxmemory.
  redis.call('ZREM', runs, '-')
  for _, run in ipairs(redis.call('ZRANGEBYSCORE', runs, '-inf', now + graceMs)) do
    redis.call('ZADD', runs, now + graceMs, run)
  end
  return { 0, 0, {}, {}, now, 1 }
end
for _, run in ipairs(redis.call('ZRANGEBYSCORE', runs, '-inf', now, 'LIMIT', 0, most)) do
  redis.call('ZREM', runs, run)
  local names = redis.call('HKEYS', keys.taken .. run)
  -- Each goes to the head: so that they stand there as before, the newest goes first.
  table.sort(names, function(a, b) return a > b end)
  for _, name in ipairs(names) do
    -- It must not keep the others of its worker from coming back: nothing would ever look at them again.
    if not pcall(lose, name, run) then broken[#broken + 1] = name end
  end
  redis.call('UNLINK', keys.taken .. run)
  count = count + 1
end
return { count, packs, ends, armAll(lanes), now, 0, broken }
