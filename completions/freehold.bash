# freehold.bash - completion of freehold's commands, options and files.
#
# The options of a command are those that its --help lists, so that there is no second list
# of them here.
_freehold()
{
    local cur prev words cword
    local commands="init put get del scan load dump trees stat check copy compact map page slots lab bench"

    if declare -F _init_completion >/dev/null; then
        _init_completion || return
    else
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    fi
    if ((cword == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
        return
    fi
    case $prev in
        --format)
            case ${words[1]} in
                load) mapfile -t COMPREPLY < <(compgen -W "tsv jsonl mdb" -- "$cur") ;;
                dump) mapfile -t COMPREPLY < <(compgen -W "tsv jsonl mdb db" -- "$cur") ;;
            esac
            return
            ;;
        --policy)
            if [[ ${words[1]} == lab ]]; then
                mapfile -t COMPREPLY < <(compgen -W "all best worst first next buddy \
                    bitmap lifo by-size array segregated" -- "$cur")
                return
            fi
            mapfile -t COMPREPLY < <(compgen -W "bitmap lifo" -- "$cur")
            return
            ;;
        --order)
            mapfile -t COMPREPLY < <(compgen -W "addr size+ size- front back" -- "$cur")
            return
            ;;
        --tree)
            # Names with bytes that a shell would split are left to be typed.
            mapfile -t COMPREPLY < <(compgen -W "$(_freehold_trees "${words[2]}")" -- "$cur")
            return
            ;;
        --svg | --html | --repair | --trace | --freelist)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return
            ;;
        --from | --to | --target | --limit | --quota | --size | --base | --header | --align | --min-block | --ops | --grow | --items | --rounds | --rows)
            return
            ;;
        --prefix)
            [[ ${words[1]} == scan ]] && return
            ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_freehold_options "${words[1]}")" -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        compopt -o filenames 2>/dev/null
    fi
}

_freehold_options()
{
    [[ $1 == [a-z]* ]] && freehold "$1" --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p'
}

_freehold_trees()
{
    [[ -f $1 ]] && freehold trees "$1" 2>/dev/null | sed -n 's/.*  \([^ \\]*\)$/\1/p' |
        grep -v -e '^tree$' -e '^(unnamed)$'
}

complete -F _freehold freehold
