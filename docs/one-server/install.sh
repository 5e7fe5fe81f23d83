#!/bin/sh
# Installs the release of this checkout beside those that are there, and makes it the current one:
#
#   sh docs/one-server/install.sh && systemctl restart scoreline.target
#
# docs/one-server.md says what it needs. Run it again after a change of the checkout: to upgrade, and to
# roll back. It replaces units, users.acl and programs; it keeps settings, passwords, models and data.
set -eu
# What it makes is read by the services' users; what they must not read is made with a mode of its own.
umask 022
cd "$(dirname "$0")/../.."

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail "run it as root"
command -v redis-server >/dev/null || fail "there is no redis-server: apt-get install redis-server"
case "$(/usr/local/bin/node --version 2>/dev/null)" in
v24.*) ;;
*) fail "/usr/local/bin/node is not Node.js 24: npm install --global node@24" ;;
esac

release=$(git rev-parse --short HEAD)
target=/opt/scoreline/$release

# Packages and code, as our images have them. A release that is half there is never the current one.
build() {
  rm -rf "$target.part"
  node k8s/image/build-folder.mjs dependencies "$target.part"
  node k8s/image/build-folder.mjs files "$target.part"
  mv "$target.part/models" "$target.part/models-shipped"
  chmod -R u=rwX,go=rX "$target.part"
  mv "$target.part" "$target"
}

# Redis' users with the rights that this release needs. A password is made once, and kept.
write_users() {
  acl=$(grep -v -e '^#' -e '^$' -e '^user keda ' k8s/users.acl)
  for role in gateway worker courier; do
    secret=/etc/scoreline/$role.secret
    [ -s "$secret" ] || (
      umask 077
      echo "REDIS_URL=redis://$role:$(openssl rand -hex 32)@127.0.0.1:6379/0" >"$secret"
    )
    password=$(sed 's/.*:\([0-9a-f]*\)@.*/\1/' "$secret")
    digest=$(printf %s "$password" | openssl dgst -sha256 -r | cut -d' ' -f1)
    name=$(echo $role | tr '[:lower:]' '[:upper:]')
    acl=$(echo "$acl" | sed "s/#$name /#$digest /")
  done
  echo "$acl" >/etc/scoreline/users.acl
  chown root:redis /etc/scoreline/users.acl
  chmod 640 /etc/scoreline/users.acl
}

# What is yours once it is there.
keep() {
  [ -e "$2" ] || install -m 644 "docs/one-server/$1" "$2"
}

[ -d "$target" ] || build

install -D -m 644 docs/one-server/sysusers.conf /etc/sysusers.d/scoreline.conf
systemd-sysusers scoreline.conf
install -d -m 755 /etc/scoreline /var/lib/scoreline
install -d -m 700 -o redis -g redis /var/lib/scoreline/redis
install -d -m 700 /var/backups/scoreline
[ -d /var/lib/scoreline/models ] || cp -R "$target/models-shipped" /var/lib/scoreline/models
keep scoreline.env /etc/scoreline/scoreline.env
keep redis.conf /etc/scoreline/redis.conf
write_users

install -m 644 docs/one-server/scoreline*.service docs/one-server/scoreline*.target docs/one-server/scoreline*.timer /etc/systemd/system/
install -D -m 644 docs/one-server/hardening.conf /etc/systemd/system/scoreline-.service.d/hardening.conf
install -m 755 docs/one-server/scoreline /usr/local/bin/scoreline
install -m 755 docs/one-server/backup.sh /usr/local/sbin/scoreline-backup
ln -sfn "$target" /opt/scoreline/current
systemctl daemon-reload
echo "installed release $release"
