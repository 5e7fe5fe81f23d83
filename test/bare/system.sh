# A bare Debian or Ubuntu in a folder, for try.sh and package.sh, which set `repository`, `port`,
# `npm_version`, `base` (or nothing), and `place`, the folder in there that people type in.

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
    HOME=/root LANG=C.UTF-8 PORT="$port" PLACE="$place" NO_COLOR=1 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
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

# Waits until the log of the start holds a text.
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
  answer=$(cd "$root$place" && timeout 60 sh -c "$line") || fail "curl ended with $?"
  echo "${answer:0:400}"
  grep -qE "$expected" <<<"$answer" || fail "expected $expected in the answer"
}
