#!/bin/sh
# Writes /var/backups/scoreline/scoreline-TIME-RELEASE.tar.gz: Redis' data, settings with passwords, and
# models; keeps the newest 14. Runs while Scoreline works, and while it is stopped.
set -eu
umask 077
folder=/var/backups/scoreline
data=/var/lib/scoreline/redis
release=$(basename "$(readlink /opt/scoreline/current)")
name=scoreline-$(date -u +%Y%m%dT%H%M%SZ)-$release.tar.gz
work=$(mktemp -d "$folder/.part.XXXXXX")
trap 'rm -rf "$work"' EXIT

# As the courier, who may have the log rewritten and may ask how it goes.
redis() {
  REDISCLI_AUTH=$(sed 's/.*:\([0-9a-f]*\)@.*/\1/' /etc/scoreline/courier.secret) \
    redis-cli --user courier --no-auth-warning "$@"
}

persistence() { redis info persistence | sed -n "s/^$1:\([0-9a-z]*\).*/\1/p"; }

# Shortens the log to what Redis holds, so that the copy is small and soon made.
rewrite() {
  redis bgrewriteaof >/dev/null
  for _ in $(seq 600); do
    [ "$(persistence aof_rewrite_in_progress)$(persistence aof_rewrite_scheduled)" = 00 ] && break
    sleep 1
  done
  [ "$(persistence aof_last_bgrewrite_status)" = ok ]
}

# The files grow at their end only, and whatever is cut off there is dropped at the next load; so a copy
# is good if no rewrite has exchanged them meanwhile.
copy_data() {
  manifest=$data/appendonlydir/appendonly.aof.manifest
  for _ in 1 2 3 4 5; do
    rm -rf "$work/data"
    before=$(cat "$manifest")
    cp -Rp "$data" "$work/data" && [ "$(cat "$manifest")" = "$before" ] && return
  done
  echo "scoreline-backup: Redis keeps rewriting its log" >&2
  return 1
}

if systemctl --quiet is-active scoreline-redis; then rewrite; fi
copy_data
tar --create --gzip --file "$work/$name" --directory / \
  --transform "s,^${work#/}/data,var/lib/scoreline/redis," \
  etc/scoreline var/lib/scoreline/models "${work#/}/data"
sync "$work/$name"
mv "$work/$name" "$folder/$name"
find "$folder" -name 'scoreline-*.tar.gz' | sort | head -n -14 | xargs -r rm --
echo "$folder/$name"
