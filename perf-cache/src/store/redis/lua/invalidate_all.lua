-- KEYS: world. ARGV: channel, head of the notice. Answers the version.
-- Rules that are older say nothing any more.
local all, last = open_world(KEYS[1])
local version = text(math.max((all or 0) + 1, (last or 0) + 1, now))
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'all', version, 'last', text(last or 0))
redis.call('PUBLISH', ARGV[1], ARGV[2] .. version)
return version
