#!/usr/bin/env bash
# Proves the npm package on a bare machine: a fresh minimal Debian in a folder, with Node.js 20 and
# npm 10, an empty npm cache, and no clone, Redis, git, Python or compiler. A registry on loopback
# (verdaccio) has the package and passes everything else on. Needs root and debootstrap.
#
#   test/bare/package.sh                 about five minutes
#   test/bare/package.sh --base FOLDER   starts from a copy of this debootstrapped folder
#
# NPM=10 (the default) or NPM=11 chooses npm's version, PORT (18080) where Scoreline listens,
# REGISTRY_PORT (14873) where the registry does.
set -euo pipefail

npm_version=${NPM:-10}
port=${PORT:-18080}
registry_port=${REGISTRY_PORT:-14873}
registry=http://127.0.0.1:$registry_port
repository=$(cd "$(dirname "$0")/../.." && pwd)
base=
while [ $# -gt 0 ]; do
  case $1 in
  --base) base=$2 && shift ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" && exit 2 ;;
  esac
  shift
done

place=/scoring
. "$repository/test/bare/system.sh"

start_registry() {
  local upstream node=$repository/node_modules/.bin/node folder=$work/registry
  local tool=$HOME/.cache/scoreline-tools/verdaccio-6.10.4
  upstream=$(npm config get registry)
  mkdir -p "$folder" "$tool"
  # Something below it wants node-fetch by a tag that not every registry has.
  echo '{"dependencies":{"verdaccio":"6.10.4"},"overrides":{"node-fetch":"2.7.0"}}' >"$tool/package.json"
  [ -d "$tool/node_modules/verdaccio" ] ||
    npm install --prefix "$tool" --no-audit --no-fund --ignore-scripts --loglevel=error
  cat >"$folder/config.yaml" <<YAML
storage: ./storage
max_body_size: 100mb
auth: {htpasswd: {file: ./htpasswd, max_users: -1}}
uplinks: {upstream: {url: "$upstream", maxage: 60m, timeout: 120s}}
packages:
  scoreline: {access: \$all, publish: \$all}
  "**": {access: \$all, proxy: upstream}
log: {type: file, path: "$folder/log", level: warn}
YAML
  (cd "$folder" && exec "$node" "$tool/node_modules/verdaccio/bin/verdaccio" \
    --config config.yaml --listen "127.0.0.1:$registry_port") >"$folder/out" 2>&1 &
  registry_pid=$!
  timeout 60 sh -c "until curl -sf $registry/-/ping >/dev/null; do sleep 0.2; done" ||
    { cat "$folder/out" >&2 && fail "the registry does not answer"; }
}

publish() {
  local tarball
  tarball=$work/$(cd "$work" && "$repository/node_modules/.bin/node" "$repository/cli/package/pack.ts")
  ls -l "$tarball"
  npm publish "$tarball" --registry "$registry" --loglevel=error \
    "--//127.0.0.1:$registry_port/:_authToken=nobody"
}

seconds() { echo "$(($(date +%s%N) / 1000000 - began)) ms after it was typed: $*"; }

type_start() {
  : >"$root/start.log"
  mkfifo "$root/keys"
  began=$(($(date +%s%N) / 1000000))
  inside 900 start "$1" >"$work/terminal.log" 2>&1 &
  inside_pid=$!
  exec 3>"$root/keys"
}

type_ctrl_c() {
  printf '\003' >&3
  timeout 90 tail --pid="$inside_pid" -f /dev/null || fail "it did not end after Ctrl-C"
  exec 3>&-
  wait "$inside_pid" || fail "the start ended with $?"
  inside_pid=
  rm "$root/keys"
  grep -q 'launcher .*: stopped' "$root/start.log" || fail "it did not say that it has stopped"
  [ ! -s "$root/left-over" ] || fail "left running: $(cat "$root/left-over")"
}

registry_pid=
trap '[ -z "$registry_pid" ] || kill "$registry_pid" 2>/dev/null; clean_up' EXIT

say "a registry on loopback, with the package"
start_registry
publish

say "a bare system"
make_system
mkdir "$root$place"
cp "$repository/test/bare/inside.sh" "$root/inside.sh"
connect_system
install_node
rm -rf "$root/root/.npm" "$root/root/.cache"
echo "registry=$registry" >"$root/root/.npmrc"
inside 30 describe || fail "not a bare system"

say "a user who may install nothing is told what to have installed"
inside 120 nobody "npx --yes scoreline start" && fail "it started without a Redis"

say "npx scoreline start, in an empty folder"
type_start "npx --yes scoreline start"
wait_for "redis    | installed" 600 && seconds "Redis is installed"
wait_for "packages | done" 600 && seconds "what the package needs is installed"
downloaded=$(date +%s%N)
wait_for "Ctrl-C stops everything" 120 && seconds "it is ready"
try_printed_curl faq-javascript '"id": ?"clone-array"'
first_ms=$((($(date +%s%N) - downloaded) / 1000000))
echo "the first answer came $first_ms ms after the download"
[ "$first_ms" -lt 60000 ] || fail "that is more than a minute"
try_printed_curl image-classification '"label": ?"espresso"'
cat "$root/start.log"
du -sh "$root/root/.npm" "$root/root/.cache/scoreline" "$root$place"

say "a model of one's own"
cp "$repository/test/fixtures/strangers/iris.onnx" "$root$place/"
inside 120 type "./scoreline models add iris.onnx --name iris \
  --columns sepal_length,sepal_width,petal_length,petal_width" || fail "models add"
inside 120 type "for i in \$(seq 50); do ./scoreline score models/iris/1/example.json --model iris \
  --url http://127.0.0.1:$port && exit; sleep 0.2; done; exit 1" || fail "score"

say "Ctrl-C"
type_ctrl_c
inside 30 services || fail "the start left a service enabled"

say "./scoreline start, a second time"
type_start "./scoreline start"
wait_for "Ctrl-C stops everything" 120 && seconds "it is ready"
try_printed_curl image-classification '"label": ?"espresso"'
type_ctrl_c

say "all of it works on a bare machine, without a clone"
