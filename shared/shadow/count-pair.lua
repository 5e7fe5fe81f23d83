-- Counts a pair, once: whoever takes the shadow out of the set of those that have ended counts it.
-- increments: fields of the comparison and by how much they grow. disagreement: JSON, or ''. seconds: how long what
-- is counted is kept.
-- Answers whether it was counted here.
if redis.call('ZREM', ends, member) == 0 then return 0 end
for i = 1, #increments, 2 do redis.call('HINCRBYFLOAT', comparison, increments[i], increments[i + 1]) end
redis.call('EXPIRE', comparison, seconds)
if disagreement ~= '' then
  redis.call('LPUSH', disagreements, disagreement)
  redis.call('LTRIM', disagreements, 0, most - 1)
  redis.call('EXPIRE', disagreements, seconds)
end
return 1
