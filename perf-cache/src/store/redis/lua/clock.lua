-- Stands before every script that hands out versions. Needs Redis 5, which replicates effects.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function text(number)
  return string.format('%.0f', number)
end

-- Nothing of ours is near 2^53, above which a double does not count by ones: such digits are damage,
-- and what is damaged counts as lost.
local function number(digits)
  if type(digits) == 'string' and #digits <= 16 and string.match(digits, '^%d+$') then
    local value = tonumber(digits)
    if value < 9007199254740991 then
      return value
    end
  end
  return nil
end

-- `u` and a version: the tag was only ever used; `i`: it was invalidated at that version.
local function tag(held)
  if type(held) ~= 'string' then
    return nil
  end
  local kind, digits = string.match(held, '^([ui])(%d+)$')
  local version = number(digits)
  if version then
    return version, kind
  end
  return nil
end

local function open_world(key)
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'hash' and kind ~= 'none' then
    redis.call('DEL', key)
  end
  return number(redis.call('HGET', key, 'all')), number(redis.call('HGET', key, 'last'))
end
