-- KEYS: tag. ARGV: keep (ms), channel, head of the notice. Answers the version.
local old = tag(redis.pcall('GET', KEYS[1]))
local version = text(math.max((old or 0) + 1, now))
local left = redis.call('PTTL', KEYS[1])
-- A server without memory refuses what a script writes first, unless that takes none.
redis.call('UNLINK', KEYS[1])
if old and left == -1 then
  redis.call('SET', KEYS[1], 'i' .. version)
else
  redis.call('SET', KEYS[1], 'i' .. version, 'PX', text(math.max(left, tonumber(ARGV[1]))))
end
redis.call('PUBLISH', ARGV[2], ARGV[3] .. version)
return version
