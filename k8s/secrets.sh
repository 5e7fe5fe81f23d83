#!/bin/sh
# Prints the Secrets that the manifests refer to, with passwords made here and now:
#
#   sh k8s/secrets.sh | kubectl apply -f -
#   sh k8s/secrets.sh --redis rediss://my-redis.example.com:6380 > secrets.yaml   # a managed Redis
#
#   sh k8s/secrets.sh --files .compose                # for compose.yaml: as files in that new folder
#
# Without --redis they are for the trial Redis of k8s/components/redis-trial. With it, make the users
# of the Secret `redis-users` in your Redis as well, in their order; docs/kubernetes.md says how.
# Needs openssl. Keep the output as you keep other secrets: not in git.
set -eu

url=redis://redis:6379
namespace=scoreline
files=
while [ $# -gt 0 ]; do
  case "$1" in
    --redis) url=${2:?--redis URL}; shift 2 ;;
    --files) files=${2:?--files FOLDER}; shift 2 ;;
    --namespace) namespace=${2:?--namespace NAME}; shift 2 ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
scheme=${url%%://*}
address=${url#*://}
address=${address%/}
case "$scheme" in
  redis) tls=disable ;;
  rediss) tls=enable ;;
  *) echo "secrets.sh: --redis is redis://HOST:PORT or rediss://HOST:PORT" >&2; exit 2 ;;
esac
case "$address" in
  */* | *\?* | *\#*) echo "secrets.sh: --redis ends with the port: no path, and database 0 is the one" >&2; exit 2 ;;
  *@*) echo "secrets.sh: --redis without user and password: they are made here" >&2; exit 2 ;;
esac
host=${address%:*} port=${address##*:}
[ "$host" != "$address" ] || { echo "secrets.sh: --redis names a port" >&2; exit 2; }
case "$port" in
  "" | *[!0-9]*) echo "secrets.sh: the port of --redis is a number" >&2; exit 2 ;;
esac
case "$host" in
  \[*:*\]) ;;
  "" | *:*) echo "secrets.sh: --redis names no host; IPv6 stands in brackets" >&2; exit 2 ;;
esac

password() { openssl rand -hex 32; }
digest() { printf %s "$1" | openssl dgst -sha256 -r | cut -d' ' -f1; }

gateway=$(password) worker=$(password) courier=$(password) keda=$(password)

users=$(sed -e '/^#/d' -e '/^$/d' \
  -e "s/#GATEWAY/#$(digest "$gateway")/" -e "s/#WORKER/#$(digest "$worker")/" \
  -e "s/#COURIER/#$(digest "$courier")/" -e "s/#KEDA/#$(digest "$keda")/" \
  "$(dirname "$0")/users.acl")

# Nobody else may look into the folder; the files in it are read by the users of containers, whatever
# the umask is here.
if [ -n "$files" ]; then
  umask 022
  mkdir -m 700 "$files"
  for role in gateway worker courier; do
    eval "word=\$$role"
    printf 'REDIS_URL=%s://%s:%s@%s/0\n' "$scheme" "$role" "$word" "$address" >"$files/$role.env"
  done
  printf '%s\n' "$users" >"$files/users.acl"
  password >"$files/grafana-password"
  exit
fi

secret() {
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\nstringData:\n' "$1" "$namespace"
}

for role in gateway worker courier; do
  eval "word=\$$role"
  secret "redis-$role"
  printf '  url: %s://%s:%s@%s/0\n' "$scheme" "$role" "$word" "$address"
done
secret redis-keda
printf '  address: %s\n  username: keda\n  password: %s\n  tls: %s\n' "$address" "$keda" "$tls"
secret redis-users
printf '  users.acl: |\n'
printf '%s\n' "$users" | sed 's/^/    /'
