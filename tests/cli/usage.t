# What the command says about itself, and to those who use it wrongly.
$ freehold --version
freehold *.*.*

$ freehold --help
usage: freehold COMMAND [OPTIONS] ...

  init    DB *
*
  slots   DB CHUNK *
*
Exit: 0 done, 1 the answer is no, 2 wrong usage or bad input, 3 the system failed.

$ freehold
freehold: usage: freehold COMMAND [OPTIONS] ... (see: freehold --help)
? 2

$ freehold frobnicate
freehold: frobnicate: no such command (see: freehold --help)
? 2

$ freehold -x
freehold: -x: no such command (see: freehold --help)
? 2

# --help on each, and nothing is asked of the rest of the line.
$ for c in init put get del scan load dump trees stat check copy compact map page slots lab bench; do
>     freehold $c --help | head -n 1 || exit
> done
usage: freehold init DB [OPTIONS]
usage: freehold put DB KEY [VALUE|-] [OPTIONS]
usage: freehold get DB KEY [OPTIONS]
usage: freehold del DB KEY [OPTIONS]
usage: freehold scan DB [OPTIONS]
usage: freehold load DB [FILE|-] [OPTIONS]
usage: freehold dump DB [OPTIONS]
usage: freehold trees DB [OPTIONS]
usage: freehold stat DB [OPTIONS]
usage: freehold check DB [OPTIONS]
usage: freehold copy DB NEW [OPTIONS]
usage: freehold compact DB [OPTIONS]
usage: freehold map DB [OPTIONS]
usage: freehold page DB NO [OPTIONS]
usage: freehold slots DB CHUNK [OPTIONS]
usage: freehold lab --ops L | --trace F | --freelist F [OPTIONS]
usage: freehold bench [FOLDER] [OPTIONS]

$ freehold get --help
usage: freehold get DB KEY [OPTIONS]

  print a key's value as it is; exit 1 if absent

  --tree NAME        the tree to use; without it the unnamed one
  --hex              keys and values are hexadecimal, given and printed
  --json             print JSON: one object, or one a line
  --without-log      give up a log that is missing or damaged, and what only it holds
  --help             print this

KEY is text in which \\ \t \n \r \xNN mean bytes.
With --hex the value is printed as hexadecimal, with a newline.

$ freehold init db --bogus
freehold: init: no such option: --bogus (see freehold init --help; *)
? 2

$ freehold get db k --policy lifo
freehold: get: no such option: --policy (see freehold get --help; *)
? 2

$ freehold init
freehold: init: a word is missing (usage: freehold init DB)
? 2

$ freehold init a b
freehold: init: one word too many: b (usage: freehold init DB)
? 2

$ freehold scan db --limit
freehold: scan: --limit wants a value: N
? 2

$ freehold scan db --keys=yes
freehold: scan: --keys takes no value
? 2

# Not one of these made anything.
$ ls
