-- work.lua - strings, tables and closures that come and go; prints what they came to.
-- usage: lua work.lua [ROUNDS]
local function work()
    local seed = 12345
    local function random(limit)
        seed = (seed * 1103515245 + 12345) % 2147483648
        return (seed >> 16) % limit
    end

    local words = {}
    for i = 1, 60000 do
        local letters = {}
        for k = 1, 3 + random(9) do letters[k] = string.char(97 + random(26)) end
        local word = table.concat(letters)
        words[word] = (words[word] or 0) + 1
    end
    local names = {}
    for word in pairs(words) do names[#names + 1] = word end
    table.sort(names)
    print(#names, names[1], names[#names])

    local function tree(depth)
        if depth == 0 then return { value = random(100) } end
        return { left = tree(depth - 1), right = tree(depth - 1) }
    end
    local function sum(node)
        return node.value or sum(node.left) + sum(node.right)
    end
    local total = 0
    for round = 1, 12 do total = total + sum(tree(12)) end
    print(total)

    local lines = {}
    for i = 1, 30000 do lines[#lines + 1] = string.format("%05d %s", i, names[i % #names + 1]) end
    local text = table.concat(lines, "\n")
    local count = 0
    for number, word in text:gmatch("(%d+) (%a+)") do count = count + #word + tonumber(number) end
    print(#text, count, #text:gsub("a", "bb"))

    local functions = {}
    for i = 1, 50000 do functions[i] = function(x) return x + i end end
    local reached = 0
    for i = #functions, 1, -7 do reached = functions[i](reached) % 1000003 end
    print(reached)
end

for round = 1, tonumber(arg[1] or 1) do work() end
