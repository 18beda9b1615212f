-- KEYS: value. ARGV: channel, notice. Answers whether there was anything.
local removed = redis.call('UNLINK', KEYS[1])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return removed
