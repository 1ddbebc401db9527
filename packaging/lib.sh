# shellcheck shell=bash
# Shared by the scripts of this folder, which source it: where the repository is, saying what is
# done, installing what is missing, building a preset.

OX_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly OX_ROOT
export DEBIAN_FRONTEND=noninteractive

say() { printf '== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# as_root COMMAND...: runs it as root, with sudo when we are not.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    # Without a terminal nobody can be asked for a password.
    if [ -t 2 ]; then sudo "$@"; else sudo -n "$@"; fi
  else
    die "not root, and there is no sudo; as root, run: $*"
  fi
}

# packages_of SECTION...: the packages of those sections of debian-packages.txt, one a line.
packages_of() {
  local section
  for section in "$@"; do
    awk -v want="[$section]" '
      /^\[/ { on = ($1 == want); next }
      on && NF && $1 !~ /^#/ { print $1 }' "$OX_ROOT/packaging/debian-packages.txt"
  done
}

# install_packages SECTION...: installs what is missing of those sections; says so, or is silent.
install_packages() {
  local package missing=()
  if ! command -v dpkg-query >/dev/null; then
    say "no Debian: these packages, or their like, must be there: $(packages_of "$@" | xargs)"
    return
  fi
  while read -r package; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      missing+=("$package")
    fi
  done < <(packages_of "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update </dev/null >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    "${missing[@]}" </dev/null >/dev/null
}

# build_preset PRESET [TARGET...]: configures and builds build/PRESET.
build_preset() {
  local preset=$1
  shift
  cd "$OX_ROOT" || return
  # Where each source is compiled alone, ccache takes what it includes from the compiler and need not
  # preprocess it to know; sources compiled together name this directory, which only preprocessing removes.
  if [ "$preset" = alone ]; then export CCACHE_DEPEND=1; else unset CCACHE_DEPEND; fi
  cmake --preset "$preset" </dev/null || return
  if [ $# -gt 0 ]; then
    cmake --build --preset "$preset" --target "$@" </dev/null
  else
    cmake --build --preset "$preset" </dev/null
  fi
}
