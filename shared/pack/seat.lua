-- A prelude: where the job is that an id names. That is in the pack of the id's first 21 digits, and in one of
-- its own, with one digit more in its name, once it has moved out.
local function tenantAt(tenants, owners, index)
  local nth = owners and string.byte(owners, index + 1) - 48 or 0
  for tenant in string.gmatch(tenants, '%S+') do
    if nth == 0 then return tenant end
    nth = nth - 1
  end
end
-- Answers the key of the pack it is in, its index there, and its state; nothing when there is no such job, or
-- when it is another tenant's.
local function seatOf(pack, ownPack, index, tenant)
  local key, at = pack, tonumber(index)
  local h = readSeats(key)
  local letter = h.states and string.sub(h.states, at + 1, at + 1)
  -- The pack that it has left may be gone before it.
  if not letter or letter == 'M' then
    key, at, h = ownPack, 0, readSeats(ownPack)
    letter = h.states
  end
  if not letter or letter == '' or letter == 'N' then return end
  if tenantAt(h.tenants, h.owners, at) == tenant then return key, at, letter end
end
