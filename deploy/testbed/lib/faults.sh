# shellcheck shell=bash
# What can happen to the network of a host, and its end. Needs lib/hosts.sh.

# link_cut HOST: pulls the cable; link_heal HOST plugs it in again.
link_cut() { in_network sw ip link set "p${1#h}" down; }
link_heal() { in_network sw ip link set "p${1#h}" up; }

# deafen HOST PORT: packets that come from the port are lost without a word; what the host sends still arrives.
deafen() { in_network "$1" iptables -A INPUT -p tcp --sport "$2" -j DROP; }

# mute HOST PORT: packets to the port are lost without a word; the host still hears.
mute() { in_network "$1" iptables -A OUTPUT -p tcp --dport "$2" -j DROP; }

# lose HOST SHARE: each packet of either direction is lost with this probability.
lose() {
  in_network "$1" iptables -A INPUT -i eth0 -m statistic --mode random --probability "$2" -j DROP
  in_network "$1" iptables -A OUTPUT -o eth0 -m statistic --mode random --probability "$2" -j DROP
}

# network_heal HOST: ends everything that deafen, mute and lose began.
network_heal() { in_network "$1" iptables -F; }

# reset_storm HOST PORT COUNT: resets all connections with the port, so many times, half a second apart.
reset_storm() {
  local round rule=(INPUT -p tcp --sport "$2" -j REJECT --reject-with tcp-reset)
  for ((round = 0; round < $3; round++)); do
    in_network "$1" iptables -A "${rule[@]}"
    sleep 0.25
    in_network "$1" iptables -D "${rule[@]}"
    sleep 0.25
  done
}
