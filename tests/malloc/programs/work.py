# work.py - an index of words, json, patterns and sorting; prints what they came to.
import collections
import json
import re

seed = 12345


def random(limit):
    global seed
    seed = (seed * 1103515245 + 12345) % 2147483648
    return (seed >> 16) % limit


words = ["".join(chr(97 + random(26)) for _ in range(3 + random(6))) for _ in range(30000)]
index = collections.defaultdict(list)
for place, word in enumerate(words):
    index[word[:2]].append((place, word))
print(len(index), sum(len(found) for found in index.values()), sorted(index)[:3])

text = json.dumps({key: found for key, found in index.items()}, sort_keys=True)
again = json.loads(text)
print(len(text), len(again), again[sorted(again)[7]][:2])
print(len(re.findall(r'"([a-m]+)"', text)), len(re.sub(r"[aeiou]", "__", text)))

records = [{"id": i, "name": words[i], "tags": [random(9) for _ in range(4)]} for i in range(30000)]
records.sort(key=lambda record: (record["name"], -record["id"]))
print(records[0], records[-1])
print(sum(int(str(n) * 3) for n in range(20000)) % 1000003, len(bytes(range(256)) * 5000))
