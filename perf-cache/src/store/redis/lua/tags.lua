-- KEYS: tags. ARGV: keep (ms), keep with a reserve (ms). Answers each tag as it is stored.
local answers = {}
for place, key in ipairs(KEYS) do
  local version, kind = tag(redis.pcall('GET', key))
  if version then
    local left = redis.call('PTTL', key)
    if left >= 0 and left < tonumber(ARGV[1]) then
      redis.call('PEXPIRE', key, ARGV[2])
    end
  else
    version, kind = now, 'u'
    redis.call('SET', key, kind .. text(version), 'PX', ARGV[2])
  end
  answers[place] = kind .. text(version)
end
return answers
