# bash completion for oxd, oxctl, oxview and oxingest: options and commands are those of --help,
# asked for when they are needed.

# _oxd_commands PROGRAM: the commands that its --help lists.
_oxd_commands() {
  "$1" --help 2>/dev/null | awk '/^[^ ]/ { on = /^Subcommands:/; next } on && /^  [a-z]/ { print $1 }'
}

_oxd() {
  local program=$1 word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local words='' command='' candidate i
  case $previous in
    --log-path | -l | --spool-path | --dead-letter-path | --state-dir)
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return
      ;;
    --config | --file | -F | --tls-cert | --tls-key | --http-users | --http-tokens | --syslog-unix)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --forward-mode) words='failover copy shard' ;;
    --failover-in-doubt) words='move wait' ;;
    --sync) words='commit none' ;;
    --when-full) words='block drop-oldest drop-newest' ;;
    --group-root) words='auto' ;;
    --types) words='chronologer= logger= pbu=' ;;
  esac
  if [ -z "$words" ] && [ "${program##*/}" = oxctl ]; then
    local commands
    commands=$(_oxd_commands "$program")
    for ((i = 1; i < COMP_CWORD; i++)); do
      for candidate in $commands; do
        [ "${COMP_WORDS[i]}" != "$candidate" ] || command=$candidate
      done
      [ -z "$command" ] || break
    done
    case $word:$command:$previous in
      -*) ;;
      *::*) words=$commands ;;
      *:forward:forward) words='list set add remove discard' ;;
      *:spool:spool) words='inspect verify export' ;;
      *:store:store) words='cat prune reindex verify zip' ;;
      *:spool:inspect | *:spool:verify | *:spool:export | *:store:cat | *:store:prune | \
        *:store:reindex | *:store:verify | *:store:zip)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
      *:log-level:log-level) words='error warning info debug' ;;
    esac
  fi
  if [ -z "$words" ] && [[ $word == -* || -z $command ]]; then
    words=$({
      "$program" --help
      [ -z "$command" ] || "$program" "$command" --help
    } 2>/dev/null | sed -n 's/^ *\(-[^ ]*\).*/\1/p' | tr ',' '\n' | grep -E '^--' | sort -u)
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _oxd oxd oxctl oxview oxingest
