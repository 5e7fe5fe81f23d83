#!/bin/sh
# Runs inside the bare system, as process 1 of namespaces of its own: what it mounts and starts
# ends with it. Called by try.sh and package.sh.
set -eu
mount -t proc proc /proc
mkdir -p /dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts
ln -sf pts/ptmx /dev/ptmx
cd "$PLACE"

# Whoever still runs in here besides this shell.
left_over() {
  for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [ "$pid" != $$ ] || continue
    read -r _ name state _ <"$folder/stat" || continue
    [ "$state" = Z ] || echo "$name $pid"
  done 2>/dev/null
}

case $1 in
npm) exec npm install --global --no-audit --no-fund --loglevel=error "npm@$2" ;;
describe)
  echo "$(. /etc/os-release && echo "$PRETTY_NAME"), Node.js $(node --version), npm $(npm --version)"
  for program in redis-server valkey-server git python3 gcc; do
    if command -v $program; then echo "not bare: $program is there" && exit 1; fi
  done
  ;;
start)
  # A terminal of its own, so that the byte 3 that arrives on /keys is a real Ctrl-C.
  script --quiet --flush --return --command "$2" /start.log </keys || true
  left_over >/left-over
  ;;
services)
  test ! -e /usr/sbin/policy-rc.d
  for link in /etc/rc[2-5].d/S*redis* /etc/systemd/system/*.wants/redis*; do
    if [ -e "$link" ] || [ -L "$link" ]; then echo "a service is enabled: $link" && exit 1; fi
  done
  ;;
type) sh -c "$2" ;;
nobody)
  # A user without the right to install anything.
  mkdir /tmp/nobody && cp /root/.npmrc /tmp/nobody/ && chmod -R 777 /tmp/nobody .
  HOME=/tmp/nobody setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$2"
  ;;
setup) npm run setup ;;
test) npm run setup -- --tests && npm test ;;
esac
