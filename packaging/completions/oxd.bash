# bash completion for oxd, oxctl, oxview and oxingest: the options are those of --help, asked for
# when they are needed.
_oxd() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
  case $previous in
    --log-path | -l | --state-dir)
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return
      ;;
    --config | --file | -F)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --when-full)
      mapfile -t COMPREPLY < <(compgen -W 'block drop-oldest drop-newest' -- "$word")
      return
      ;;
  esac
  words=$("$1" --help 2>/dev/null | grep -oE -- '--[a-z][a-z0-9-]+' | sort -u)
  if [ "${1##*/}" = oxctl ] && [[ $word != -* ]]; then
    words='status top ping flush forward log-level shutdown'
    [ "$previous" != forward ] || words='list set add remove'
    [ "$previous" != log-level ] || words='error warning info debug'
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _oxd oxd oxctl oxview oxingest
