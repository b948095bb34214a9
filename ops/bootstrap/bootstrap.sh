#!/bin/sh
# Makes this machine an envoy of the fleet whose hub is at @API_URL@: installs the agent, enrols, and sees that it is started.
# May be run as often as you like: what is there already is left as it is, and a newer program takes the place of an older one.
#
#   curl -k @API_URL@/bootstrap | VIGO_TOKEN=vigoe_... sh
#
# From the environment:
#
#   VIGO_TOKEN      enrolment token, from "vigocli tokens create" on the hub; not needed once the machine is enrolled
#   VIGO_HOSTNAME   host name, which decides the spoke; default: the machine's
#   VIGO_STATE_DIR  where the agent keeps its identity; default: /var/lib/vigo
#   VIGO_PREFIX     the program goes to lib/vigocli and bin/vigocli below it; default: /usr/local
#   VIGO_ROOT       a folder that stands for "/", to try things out without being root: all that is written goes below it, and the
#                   agent configures nothing but what is below it
#   VIGO_HUB        https://host:port of the hub, where it is reached by another address
#   VIGO_NODE       path of the Node.js to run with; default: the "node" on PATH
#   VIGO_START      1: without systemd, start the agent in the background, and restart it when the program is a newer one
#
# Fleet CA, SHA-256: @CA_DIGEST@
#
# All of it is in functions that the last line calls: a download that was cut off does nothing.
set -eu

NODE_HELP='get it from https://nodejs.org/en/download, or name another one with VIGO_NODE=/path/to/node'
MARK='# Made by the bootstrap script of vigocli.'

say() { printf 'vigocli: %s\n' "$*"; }

fail() {
  printf 'vigocli: %s\n' "$*" >&2
  exit 1
}

# What the hub has filled in, and what the environment says.
settings() {
  version='@VERSION@'
  package_digest='@PACKAGE_DIGEST@'
  package_kib='@PACKAGE_KIB@'
  hub=${VIGO_HUB:-'@API_URL@'}
  root=${VIGO_ROOT:-}
  root=${root%/}
  prefix=$root${VIGO_PREFIX:-/usr/local}
  state_dir=$root${VIGO_STATE_DIR:-/var/lib/vigo}
  plain_path "$prefix"
  plain_path "$state_dir"
  case $hub in
    https://*[!A-Za-z0-9.:_/[\]-]* | https://) fail "VIGO_HUB=$hub is no address of a hub: https://host:port is needed" ;;
    https://*) ;;
    *) fail "VIGO_HUB=$hub is no address of a hub: https://host:port is needed" ;;
  esac
  lib=$prefix/lib/vigocli
  bin=$prefix/bin/vigocli
  # A version is known by its bytes: those that are made while it is developed have all the same number.
  release=$version-$(printf '%.12s' "$package_digest")
  unit=$root/etc/systemd/system/vigo-agent.service
  work=''
  new=''
  changed=''
  upgraded=''
}

# Paths go into a unit file and a script: no character in them may mean anything there.
plain_path() {
  case $1 in
    *[!A-Za-z0-9_./@+-]*) fail "$1 cannot be used: only letters, digits and _ . / @ + - may be in a path" ;;
    /*) ;;
    *) fail "$1 cannot be used: it must begin with /" ;;
  esac
}

enrolled() { [ -f "$state_dir/state.json" ]; }

has_systemd() { [ -d "$root/run/systemd/system" ]; }

has() { command -v "$1" >/dev/null 2>&1; }

# The fleet's CA: public, and believed only as far as the token, or the machine's own identity, names it.
ca_pem() {
  cat <<'PEM'
@CA_PEM@
PEM
}

check_node() {
  node=${VIGO_NODE:-$(command -v node || true)}
  [ -n "$node" ] || fail "Node.js 24 or newer is needed, and there is no \"node\" on PATH: $NODE_HELP"
  case $node in /*) ;; *) node=$(pwd)/$node ;; esac
  plain_path "$node"
  found=$("$node" --version </dev/null 2>/dev/null) || fail "$node cannot be run: $NODE_HELP"
  major=${found#v}
  major=${major%%.*}
  case $major in '' | *[!0-9]*) fail "$node is no Node.js: $NODE_HELP" ;; esac
  [ "$major" -ge 24 ] || fail "Node.js 24 or newer is needed, and $node is $found: $NODE_HELP"
}

check_tools() {
  has curl || has wget || fail 'curl or wget is needed to fetch the program from the hub'
  for tool in tar gzip sed mktemp; do
    has "$tool" || fail "$tool is needed to install the program"
  done
}

# Prints the SHA-256 of the CA that the token in VIGO_TOKEN pins. Fails if it is no such token.
token_pin() {
  "$node" -e '
    const { createHash } = require("node:crypto");
    const [, prefix, rest] = /^(vigoe_)([A-Za-z0-9_-]+)$/.exec((process.env.VIGO_TOKEN ?? "").trim()) ?? process.exit(1);
    const bytes = Buffer.from(rest, "base64url");
    const body = bytes.subarray(0, -4);
    const sum = createHash("sha256").update(prefix).update(body).digest().subarray(0, 4);
    if (bytes.toString("base64url") !== rest || body.length < 58 || !sum.equals(bytes.subarray(-4))) process.exit(1);
    console.log(body.subarray(1, 33).toString("hex"));
  ' </dev/null
}

# Prints the SHA-256 of each certificate on standard input.
ca_digests() {
  "$node" -e '
    const { createHash, X509Certificate } = require("node:crypto");
    const pem = require("node:fs").readFileSync(0, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    for (const one of pem ?? []) console.log(createHash("sha256").update(new X509Certificate(one).raw).digest("hex"));
  '
}

# Whoever has given out the token, or enrolled this machine, has said which CA to believe.
check_trust() {
  if enrolled; then
    known=$(ca_digests <"$state_dir/ca.pem") || fail "$state_dir/ca.pem cannot be read"
    stranger="this machine is an envoy of another fleet than that of $hub: remove $state_dir to enrol it anew"
  else
    [ -n "${VIGO_TOKEN:-}" ] || fail 'an enrolment token is needed: VIGO_TOKEN=vigoe_..., from "vigocli tokens create" on the hub'
    known=$(token_pin) || fail 'VIGO_TOKEN is no enrolment token, or cut off: copy the whole line that "vigocli tokens create" prints'
    stranger="the token was made for another fleet than that of $hub"
  fi
  shown=$(ca_pem | ca_digests) || fail 'the CA in this script cannot be read'
  for digest in $shown; do
    case $known in *"$digest"*) return ;; esac
  done
  fail "$stranger (its CA is $shown)"
}

# The nearest folder that is there already must let us in.
check_disk() {
  for folder in "$lib" "$prefix/bin" "$state_dir" "$@"; do
    there=$folder
    until [ -e "$there" ]; do there=$(dirname "$there"); done
    if [ ! -d "$there" ] || [ ! -w "$there" ]; then
      fail "$folder cannot be written by $(id -un): run this as root, or below a folder of yours with VIGO_ROOT=/path"
    fi
  done
  there=$lib
  until [ -e "$there" ]; do there=$(dirname "$there"); done
  free=$(df -Pk "$there" | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9-]*%.*$/\1/p')
  # A file system that does not say how much is free is taken at its word when it is full.
  [ "${free:-$package_kib}" -ge "$package_kib" ] || fail "$lib needs $package_kib KiB, and $free KiB are free there"
}

# A whole vigocli, as a hub or an operator has it, must not give way to an agent's.
check_bin() {
  [ -e "$bin" ] || [ -h "$bin" ] || return 0
  if [ -h "$bin" ] || ! grep -q "^$MARK\$" "$bin"; then
    fail "$bin is a vigocli that was installed otherwise: name another place with VIGO_PREFIX=/opt/vigo"
  fi
}

# fetch URL FILE: from a server whose certificate comes from the fleet's CA, and from no other.
fetch() {
  if has curl; then
    curl --fail --silent --show-error --proto '=https' --tlsv1.2 --cacert "$work/ca.pem" --capath "$work" \
      --connect-timeout 20 --max-time 900 --retry 8 --retry-max-time 300 --output "$2" "$1" </dev/null
  else
    wget --quiet --https-only --ca-certificate="$work/ca.pem" --ca-directory="$work" \
      --timeout=20 --tries=8 --retry-on-http-error=503 --output-document="$2" "$1" </dev/null
  fi
}

sha256_of() {
  "$node" -e '
    const { createHash } = require("node:crypto");
    console.log(createHash("sha256").update(require("node:fs").readFileSync(process.argv[1])).digest("hex"));
  ' -- "$1" </dev/null
}

rename() { "$node" -e 'require("node:fs").renameSync(process.argv[1], process.argv[2])' -- "$1" "$2" </dev/null; }

# Nothing is where the program belongs before all of it is there and has the right digest.
unpack_program() {
  [ ! -d "$lib/$release" ] || return 0
  say "fetching vigocli $version from $hub"
  ca_pem >"$work/ca.pem"
  fetch "$hub/bootstrap/vigocli.tgz" "$work/vigocli.tgz" || fail "the program could not be fetched from $hub; nothing was installed"
  [ "$(sha256_of "$work/vigocli.tgz")" = "$package_digest" ] ||
    fail "what $hub has sent is not the program that this script was made for (SHA-256 $package_digest); nothing was installed"
  mkdir -p "$lib"
  new=$lib/.new.$$
  mkdir "$new"
  tar -xzf "$work/vigocli.tgz" -C "$new" </dev/null || fail "the program could not be unpacked to $lib"
  "$node" "$new/bin/run.js" --version </dev/null >/dev/null || fail 'the program does not run on this machine'
  mv "$new" "$lib/$release"
  changed=1
}

switch_program() {
  before=$(readlink "$lib/current" || true)
  [ "$before" != "$release" ] || return 0
  ln -s "$release" "$lib/.current.$$"
  rename "$lib/.current.$$" "$lib/current"
  changed=1
  [ -z "$before" ] || upgraded=1
  # The one before stays, to go back to.
  for old in "$lib"/* "$lib"/.new.*; do
    case ${old##*/} in current | "$release" | "$before" | '*' | '.new.*') ;; *) rm -rf "$old" ;; esac
  done
  say "vigocli $version is installed in $lib/$release"
}

# put FILE MODE: what comes on standard input, if it is not there already; written beside it and renamed.
put() {
  text=$(cat)
  if [ -f "$1" ] && [ "$(cat "$1")" = "$text" ]; then return 1; fi
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$text" >"$1.$$"
  chmod "$2" "$1.$$"
  mv -f "$1.$$" "$1"
  changed=1
}

put_command() {
  put "$bin" 755 <<COMMAND || true
#!/bin/sh
$MARK
exec $node $lib/current/bin/run.js "\$@"
COMMAND
}

# The token stays in the environment: arguments can be read by everybody on the machine.
enrol() {
  if enrolled; then return; fi
  set -- --state-dir "$state_dir"
  [ -z "${VIGO_HOSTNAME:-}" ] || set -- "$@" --hostname "$VIGO_HOSTNAME"
  "$bin" agent enroll "$@" </dev/null || fail 'the program is installed, but the machine is not enrolled: put right what is said above and run this again'
  changed=1
}

run_arguments() { printf '%s' "agent run --state-dir $state_dir${root:+ --root $root}"; }

start_with_systemd() {
  if sed -e "/^ExecStart=/!s|/var/lib/vigo|$state_dir|g" -e "s|^ExecStart=.*|ExecStart=$bin $(run_arguments)|" \
    "$lib/current/ops/systemd/vigo-agent.service" | put "$unit" 644; then
    # The pipe's own shell has noted it, and is gone.
    changed=1
    systemctl daemon-reload
  fi
  if ! systemctl is-enabled --quiet vigo-agent.service || ! systemctl is-active --quiet vigo-agent.service; then
    systemctl enable --now vigo-agent.service
    changed=1
  elif [ -n "$upgraded" ]; then
    systemctl restart vigo-agent.service
  fi
}

# Process id of the agent; nothing if it does not run.
agent_pid() {
  "$bin" agent status --json --state-dir "$state_dir" </dev/null | "$node" -e '
    const { running, pid } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    if (running) console.log(pid);
  '
}

start_without_systemd() {
  if [ "${VIGO_START:-}" != 1 ]; then
    [ -z "$changed" ] || say "there is no systemd here; this starts the agent: $bin $(run_arguments)"
    return
  fi
  pid=$(agent_pid)
  if [ -n "$pid" ]; then
    [ -n "$upgraded" ] || return 0
    kill "$pid"
    # It ends within a second.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 "$pid" 2>/dev/null || break
      sleep 1
    done
  fi
  # shellcheck disable=SC2046 # several words, and no character in them that means anything
  VIGO_TOKEN='' nohup "$bin" $(run_arguments) </dev/null >>"$state_dir/agent.log" 2>&1 &
  say "the agent is started, process $!; it logs to $state_dir/agent.log"
  changed=1
}

# shellcheck disable=SC2329 # the trap calls it
clean_up() {
  rm -rf "$work" "$new"
  rm -f "$lib/.current.$$" "$bin.$$" "$unit.$$"
}

main() {
  umask 022
  settings
  check_node
  check_tools
  if has_systemd; then check_disk "$(dirname "$unit")"; else check_disk; fi
  check_bin
  check_trust
  # From here on something may be written.
  trap clean_up EXIT
  trap 'exit 1' HUP INT TERM
  work=$(mktemp -d)
  unpack_program
  switch_program
  put_command
  enrol
  if has_systemd; then start_with_systemd; else start_without_systemd; fi
  [ -n "$changed" ] || say "nothing to do: vigocli $version is installed and this machine is enrolled"
}

{ main; exit; }
