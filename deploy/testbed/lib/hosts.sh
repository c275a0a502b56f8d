# shellcheck shell=bash
# Hosts on one machine: a switch and hosts h0 … hN, each with its own network, hostname, process ids and mounts.
#
# A host is held by an anchor, process 1 of its own pid namespace. When the anchor ends, the kernel ends every process of
# the host and takes its network away; anchors end with the shell that made them, however it ends. So nothing can be
# left behind, and ending an anchor is the power cut of a machine. The file system is shared, as on a cluster.
#
# Needs: root, util-linux, iproute2, iptables. Uses $TESTBED, a directory of the caller's.

declare -A HOST_HOLDER=() # host -> process id of the `unshare` that holds it
declare -A HOST_ANCHOR=() # host -> process id of its process 1, seen from outside

# What is missing on this machine, one line each; nothing when hosts can be made.
hosts_missing() {
  [ "$(id -u)" = 0 ] || echo "root"
  local tool
  for tool in unshare nsenter setpriv ip iptables; do
    command -v "$tool" >/dev/null || echo "$tool"
  done
}

# host_address hN: its address on the switch.
host_address() { echo "10.77.0.$((${1#h} + 1))"; }

# hosts_up COUNT: makes the switch and h0 … h(COUNT-1), all connected.
hosts_up() {
  local count=$1 index
  echo "127.0.0.1 localhost" >"$TESTBED/hosts"
  for ((index = 0; index < count; index++)); do
    echo "$(host_address "h$index") h$index" >>"$TESTBED/hosts"
  done
  anchor_up sw
  in_network sw ip link add br0 type bridge forward_delay 0
  in_network sw ip link set br0 up
  for ((index = 0; index < count; index++)); do host_up "h$index"; done
}

# host_up hN: switches the machine on and plugs its cable in.
host_up() {
  local host=$1
  anchor_up "$host"
  in_network sw ip link add "p${host#h}" type veth peer name eth0 netns "${HOST_ANCHOR[$host]}"
  in_network sw ip link set "p${host#h}" master br0 up
  in_network "$host" ip link set lo up
  in_network "$host" ip addr add "$(host_address "$host")/24" dev eth0
  in_network "$host" ip link set eth0 up
  on "$host" mount --bind "$TESTBED/hosts" /etc/hosts
}

# anchor_up NAME: a machine without a cable.
anchor_up() {
  local name=$1 tries=0 anchor=
  # The anchor's shell collects orphans, as process 1 must; it is ready once its hostname is set.
  # shellcheck disable=SC2016
  setpriv --pdeathsig KILL unshare --net --uts --mount --pid --fork --kill-child --mount-proc --propagation private \
    bash -c 'hostname "$1"; while :; do sleep 3600 & wait; done' anchor "$name" </dev/null >/dev/null 2>&1 &
  HOST_HOLDER[$name]=$!
  until [ -n "$anchor" ] && [ "$(nsenter -t "$anchor" --uts hostname 2>/dev/null)" = "$name" ]; do
    ((++tries <= 500)) || { echo "the namespace of $name cannot be made" >&2; return 1; }
    sleep 0.01
    anchor=$(cat "/proc/${HOST_HOLDER[$name]}/task/${HOST_HOLDER[$name]}/children" 2>/dev/null) || anchor=
    anchor=${anchor%% *}
  done
  HOST_ANCHOR[$name]=$anchor
}

# host_down NAME: cuts the power. Every process on it ends at once.
host_down() {
  local name=$1 holder=${HOST_HOLDER[$1]:-}
  [ -n "$holder" ] || return 0
  kill -KILL "${HOST_ANCHOR[$name]:-$holder}" 2>/dev/null
  { wait "$holder"; } 2>/dev/null
  unset "HOST_HOLDER[$name]" "HOST_ANCHOR[$name]"
  # The switch forgets the cable a moment after its other end is gone.
  [ "$name" = sw ] || [ -z "${HOST_ANCHOR[sw]:-}" ] || in_network sw ip link del "p${name#h}" 2>/dev/null
  return 0
}

hosts_down() {
  local name
  for name in "${!HOST_HOLDER[@]}"; do [ "$name" = sw ] || host_down "$name"; done
  host_down sw
}

# on HOST COMMAND …: runs a command on a host, in this directory, with this environment.
on() {
  local host=$1
  shift
  nsenter -t "${HOST_ANCHOR[$host]}" --net --uts --mount --pid "--wd=$PWD" -- "$@"
}

# in_network HOST COMMAND …: in a host's network alone, with this machine's mounts and processes.
in_network() {
  local host=$1
  shift
  nsenter -t "${HOST_ANCHOR[$host]}" --net -- "$@"
}

# processes_on HOST [WORD …]: process ids, seen from outside, whose command line holds all the words.
processes_on() {
  local room=/proc/${HOST_ANCHOR[$1]}/ns/pid process word words=()
  shift
  # No program is started here: a fault should follow its decision at once.
  for process in /proc/[0-9]*; do
    [ "$process/ns/pid" -ef "$room" ] || continue
    { mapfile -d '' -t words <"$process/cmdline"; } 2>/dev/null || continue
    for word in "$@"; do
      [[ " ${words[*]} " == *"$word"* ]] || continue 2
    done
    echo "${process#/proc/}"
  done
}

# signal_on HOST SIGNAL WORD …: sends a signal to the processes of a host whose command line holds all the words.
signal_on() {
  local host=$1 signal=$2 process
  shift 2
  for process in $(processes_on "$host" "$@"); do kill "-$signal" "$process" 2>/dev/null; done
  return 0
}
