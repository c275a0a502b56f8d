# shellcheck shell=bash
# A real sshd on hosts, with throw-away keys. Needs lib/hosts.sh and openssh-server.

SSH_PORT=2222

ssh_missing() {
  command -v ssh >/dev/null || echo "ssh (package openssh-client)"
  [ -x /usr/sbin/sshd ] || echo "sshd (package openssh-server)"
}

# ssh_up HOST …: an sshd on each; $SSH_CONFIG is the client's configuration (`ssh -F`).
ssh_up() {
  local host
  SSH_CONFIG=$TESTBED/ssh/client
  mkdir -p "$TESTBED/ssh" /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$TESTBED/ssh/user"
  ssh-keygen -q -t ed25519 -N '' -f "$TESTBED/ssh/host"
  cat >"$SSH_CONFIG" <<CONF
Host *
  User root
  IdentityFile $TESTBED/ssh/user
  IdentitiesOnly yes
  UserKnownHostsFile $TESTBED/ssh/known
  ServerAliveInterval 1
  ServerAliveCountMax 3
CONF
  for host in "$@"; do
    echo "[$host]:$SSH_PORT $(cut -d' ' -f1-2 "$TESTBED/ssh/host.pub")" >>"$TESTBED/ssh/known"
    sshd_up "$host"
  done
}

sshd_up() {
  local host=$1 tries
  cat >"$TESTBED/ssh/$host.server" <<CONF
ListenAddress $(host_address "$host"):$SSH_PORT
HostKey $TESTBED/ssh/host
AuthorizedKeysFile $TESTBED/ssh/user.pub
PidFile $TESTBED/ssh/$host.pid
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
CONF
  on "$host" /usr/sbin/sshd -D -e -f "$TESTBED/ssh/$host.server" >"$TESTBED/ssh/$host.log" 2>&1 &
  disown
  for ((tries = 0; tries < 400; tries++)); do
    grep -q '^Server listening' "$TESTBED/ssh/$host.log" 2>/dev/null && return 0
    sleep 0.02
  done
  echo "sshd on $host did not start:" >&2
  cat "$TESTBED/ssh/$host.log" >&2
  return 1
}
