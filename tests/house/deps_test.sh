#!/bin/sh
# deps_test - without root or apt-get, one line names the missing packages.
. "$(dirname "$0")/house.sh"
build_house
tool=$work/tools/deps

# A path with a shell's own needs and nothing else: no compiler, no apt-get.
mkdir bin
for command in sh id mktemp rm env dirname; do
    ln -s "$(command -v $command)" "bin/$command"
done
passes "$tool" build
stops 'deps: missing packages: .*ninja-build' env PATH="$work/bin" "$tool" build
[ "$(wc -l <output)" = 1 ] || { cat output; echo 'more than one line'; exit 1; }
env PATH="$work/bin" "$tool" build 2>/dev/null
[ $? = 3 ] || { echo 'the exit status is not 3'; exit 1; }

# With apt-get, but neither root nor sudo.
printf '#!/bin/sh\nexit 0\n' >bin/apt-get
printf '#!/bin/sh\necho 1000\n' >bin/id.new
chmod +x bin/apt-get bin/id.new
mv bin/id.new bin/id
stops 'installing them needs root' env PATH="$work/bin" "$tool" build
stops 'not installed by this target' env PATH="$work/bin" "$tool" --check build
stops usage "$tool" everything
