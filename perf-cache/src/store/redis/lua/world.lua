-- KEYS: world. Answers the clock, the version of all, of the newest rule, then each rule's version and pattern.
local all, last = open_world(KEYS[1])
if not all then
  all = now
  redis.call('HSET', KEYS[1], 'all', text(all))
end
local answer = { text(now), text(all), text(last or 0) }
local fields = redis.call('HGETALL', KEYS[1])
for place = 1, #fields, 2 do
  local version = number(string.match(fields[place], '^rule:(%d+)$'))
  if version then
    table.insert(answer, text(version))
    table.insert(answer, fields[place + 1])
  end
end
return answer
