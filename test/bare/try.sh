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

place=/scoreline
. "$repository/test/bare/system.sh"

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

say "a bare system"
make_system
cp "$repository/test/bare/inside.sh" "$root/inside.sh"
connect_system
clone_repository
install_node
inside 30 describe || fail "not a bare system"

say "npm run setup && npm start"
mkfifo "$root/keys"
inside 900 start "npm run setup && npm start" >"$work/terminal.log" 2>&1 &
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
