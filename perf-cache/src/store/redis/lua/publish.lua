-- KEYS: value. ARGV: base, envelope, keep (ms), `=` or `<`. Answers whether the key still had the base:
-- exactly that, or something that begins so.
local last = #ARGV[1] - 1
if ARGV[4] == '=' then
  -- One byte more tells it from a longer text without reading all of that.
  last = last + 1
end
if redis.pcall('GETRANGE', KEYS[1], 0, last) ~= ARGV[1] then
  return 0
end
-- An absent key reads as an empty text.
if ARGV[1] == '' and redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
