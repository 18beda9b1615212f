-- KEYS: world. ARGV: channel, head of the notice of a rule, of one for all, pattern, most rules. Answers the version.
local all, last = open_world(KEYS[1])
-- A server without memory refuses what a script writes first, unless that takes none.
redis.call('HDEL', KEYS[1], '')
if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[5]) + 2 then
  local version = text(math.max((last or 0) + 1, now))
  redis.call('HSET', KEYS[1], 'rule:' .. version, ARGV[4], 'last', version)
  redis.call('PUBLISH', ARGV[1], ARGV[2] .. version .. ':' .. ARGV[4])
  return version
end
-- Too many rules to check on each read: one version for all takes their place.
local version = text(math.max((all or 0) + 1, (last or 0) + 1, now))
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'all', version, 'last', version)
redis.call('PUBLISH', ARGV[1], ARGV[3] .. version)
return version
