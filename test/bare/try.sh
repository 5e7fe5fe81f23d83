#!/usr/bin/env bash
# Proves the README's commands on a bare machine: a fresh minimal Debian or Ubuntu in a folder,
# with Node.js 20 and npm 10, without Redis, git, Python or a compiler. Needs root and debootstrap.
#
#   test/bare/try.sh                 all of it; about six minutes
#   test/bare/try.sh --quick         without npm test
#   test/bare/try.sh --working-tree  tries the files as they are, not the last commit
#   test/bare/try.sh --base FOLDER   starts from a copy of this debootstrapped folder
#
# NPM=9, NPM=10 (the default) or NPM=11 chooses npm's version, PORT (18080) where Scoreline listens.
set -euo pipefail

npm_version=${NPM:-10}
port=${PORT:-18080}
repository=$(cd "$(dirname "$0")/../.." && pwd)
quick=no working_tree=no base=
while [ $# -gt 0 ]; do
  case $1 in
  --quick) quick=yes ;;
  --working-tree) working_tree=yes ;;
  --base) base=$2 && shift ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" && exit 2 ;;
  esac
  shift
done

say() { printf '\n=== %s\n' "$*"; }
fail() {
  printf '\nFAILED: %s\n' "$*" >&2
  [ -z "$inside_pid" ] || tail -n 40 "$root/start.log" >&2 || true
  exit 1
}

[ "$(id -u)" = 0 ] || { echo "run this as root: it makes a root file system" >&2 && exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/scoreline-bare.XXXXXX")
root=$work/root
inside_pid=

# Nothing of it is mounted out here (see inside), so removing the folder is safe.
clean_up() {
  [ -z "$inside_pid" ] || kill "$inside_pid" 2>/dev/null || true
  wait
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# Runs inside.sh in the bare system. Mounts and processes live in namespaces that end with it. Of
# the environment only what it takes to reach the registries goes in.
inside() {
  local limit=$1 pass=() name
  shift
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name:-}" ] || pass+=("$name=${!name}")
  done
  timeout --kill-after=10 "$limit" unshare --mount --pid --fork --kill-child \
    env -i "${pass[@]}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LANG=C.UTF-8 PORT="$port" NO_COLOR=1 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    chroot "$root" sh /inside.sh "$@"
}

make_system() {
  if [ -n "$base" ]; then
    cp -a "$base" "$root"
    return
  fi
  local site
  site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
  timeout 600 debootstrap --variant=minbase --include=ca-certificates \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" "$site" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 20 "$work/debootstrap.log" >&2 && fail "debootstrap"; }
}

# Names, certificates and proxies of this machine, so that its registries answer in there too.
connect_system() {
  local config
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  cat /etc/ssl/certs/ca-certificates.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/90machine" || true
  config=$(npm config get userconfig 2>/dev/null)
  [ ! -f "$config" ] || cp "$config" "$root/root/.npmrc"
}

# This machine's Node.js and npm, as an administrator would unpack them.
install_node() {
  local node npm
  node=$(PATH=${PATH//$repository\/node_modules\/.bin:/} command -v node)
  npm=$(dirname "$node")/../lib/node_modules/npm
  mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules"
  cp -L "$node" "$root/usr/local/bin/node"
  cp -a "$npm" "$root/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  inside 300 npm "$npm_version" >"$work/npm.log" 2>&1 || { cat "$work/npm.log" >&2 && fail "npm"; }
}

clone_repository() {
  if [ "$working_tree" = no ]; then
    git clone --quiet "$repository" "$root/scoreline"
    return
  fi
  mkdir "$root/scoreline"
  git -C "$repository" ls-files -z --cached --others --exclude-standard |
    (cd "$repository" && xargs -0 sh -c 'for path; do [ ! -e "$path" ] || printf "%s\0" "$path"; done' sh) |
    tar -C "$repository" --null --files-from=- -cf - | tar -C "$root/scoreline" -xf -
}

# Waits until the log of `npm run setup && npm start` holds a text.
wait_for() {
  local text=$1 deadline=$((SECONDS + $2))
  until grep -qF "$text" "$root/start.log" 2>/dev/null; do
    kill -0 "$inside_pid" 2>/dev/null || fail "it ended before it said: $text"
    [ $SECONDS -lt $deadline ] || fail "it has not said in time: $text"
    sleep 0.2
  done
}

# Types the printed curl line for a model, as a newcomer would; says what came back.
try_printed_curl() {
  local model=$1 expected=$2 line answer
  line=$(tr -d '\r' <"$root/start.log" | grep -E "^ *curl .*/v1/models/$model/jobs")
  echo "\$ ${line#  }"
  answer=$(cd "$root/scoreline" && timeout 60 sh -c "$line") || fail "curl ended with $?"
  echo "${answer:0:400}"
  grep -qE "$expected" <<<"$answer" || fail "expected $expected in the answer"
}

say "a bare system"
make_system
cp "$repository/test/bare/inside.sh" "$root/inside.sh"
connect_system
clone_repository
install_node
inside 30 describe || fail "not a bare system"

say "npm run setup && npm start"
mkfifo "$root/keys"
inside 900 start >"$work/terminal.log" 2>&1 &
inside_pid=$!
exec 3>"$root/keys"
wait_for "Ctrl-C stops everything" 800
cat "$root/start.log"

say "the two printed curl lines"
try_printed_curl image-classification '"label": ?"espresso"'
try_printed_curl faq-javascript '"id": ?"clone-array"'

say "Ctrl-C"
printf '\003' >&3
timeout 90 tail --pid="$inside_pid" -f /dev/null || fail "it did not end after Ctrl-C"
exec 3>&-
wait "$inside_pid" || fail "the start ended with $?"
inside_pid=
tr -d '\r' <"$root/start.log" | tail -n 12
grep -q 'launcher .*: stopped' "$root/start.log" || fail "it did not say that it has stopped"
[ ! -s "$root/left-over" ] || fail "left running: $(cat "$root/left-over")"
inside 30 services || fail "set-up left a service enabled"

say "npm run setup, a second time"
started=$(date +%s%N)
inside 60 setup || fail "the second set-up"
echo "took $((($(date +%s%N) - started) / 1000000)) ms"

if [ "$quick" = no ]; then
  say "npm run setup -- --tests && npm test"
  inside 1800 test || fail "npm test"
fi

say "all of it works on a bare machine"
