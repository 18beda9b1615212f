-- KEYS: value. ARGV: placeholder, keep (ms). Answers what is there, or nothing after putting the placeholder; the clock.
local held = redis.pcall('GET', KEYS[1])
if type(held) ~= 'string' then
  -- Nothing, or what is no text and so nobody's envelope.
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  held = false
end
return { held, text(now) }
