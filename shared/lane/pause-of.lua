-- A prelude: what the pause of a lane means for scripts that count load, or keep the time to start. No script that asks
-- pauses a lane, so each is looked at once.
--
-- pauseOf(lane)  since when it is paused (`pausedAtMs`), if it is
-- loadOf(lane)   the list that counts what is outstanding: scalers read that of a paused lane as empty
-- stoodMs(lane)  for how long it has been paused, all together: so long the time to start stood still
local pauses = {}
local function pauseOf(lane)
  local pause = pauses[lane]
  if not pause then
    pause = readPause(keys.flowPrefix .. lane)
    pauses[lane] = pause
  end
  return pause
end
local function loadOf(lane)
  return (pauseOf(lane).pausedAtMs and keys.heldPrefix or keys.loadPrefix) .. lane
end
local function stoodMs(lane)
  local pause = pauseOf(lane)
  return tonumber(pause.stoodMs or 0) + (pause.pausedAtMs and now - pause.pausedAtMs or 0)
end
