# shellcheck shell=bash disable=SC2034,SC2154 # names of matrix.sh
# The cases of matrix.sh. Each makes its hosts, starts the sweep, does its harm while units are open, and compares.
# $program, $scratch, $here and $TESTBED are the caller's; a case sets EVIDENCE, what shows that the harm was done.

# The longest first.
MATRIX_CASES=(walltime requeue-zombie slurm all-in-one ssh link-cut hears-nothing says-nothing reset-storm packet-loss stopped
  zombie node-down power-cut scancel preemption interrupted coordinator-killed launcher-killed)
if command -v mpirun >/dev/null; then MATRIX_CASES+=(mpirun); else echo "left out: mpirun (package openmpi-bin)" >&2; fi

WORK_PORT=7787
# Longer than a session's lease of 10 s.
OUTAGE=13

# slurm_sweep [SBATCH OPTION …]: the sweep on a Slurm of two nodes, started and under way.
slurm_sweep() {
  hosts_up 3 && slurm_up 2 || return 1
  slurm_launch "$@" && until_under_way
}

slurm_launch() {
  launch --on slurm --workers 2 --threads 1 -- --exclusive "$@"
}

# launch OPTION …: starts the sweep from the login host; $coordinator is its process id here.
launch() {
  local log
  log=$TESTBED/run$(($(find "$TESTBED" -maxdepth 1 -name 'run*.log' | wc -l) + 1)).log
  on h0 "$program" run "$here/sweep.yaml" --runs "$TESTBED/runs" --quiet --listen "tcp://*:$WORK_PORT" "$@" \
    >"$log" 2>&1 &
  coordinator=$!
}

# ssh_sweep: the sweep on two hosts with sshd, started and under way.
ssh_sweep() {
  hosts_up 3 && ssh_up h1 h2 || return 1
  printf 'h1:%s slots=1\nh2:%s slots=1\n' "$SSH_PORT" "$SSH_PORT" >"$TESTBED/hostsfile"
  ssh_launch && until_under_way
}

ssh_launch() { launch --on ssh --hosts "$TESTBED/hostsfile" -- -F "$SSH_CONFIG"; }

# How many units are committed, and how many there are; from the run's file.
units_done() { status_line | sed -n 's/^units: *\([0-9,]*\) of .*/\1/p' | tr -d ,; }
units_all() { status_line | sed -n 's/^units: *[0-9,]* of \([0-9,]*\).*/\1/p' | tr -d ,; }
status_line() { "$program" status "$TESTBED/runs/testbed.sqlite" 2>/dev/null; }

# until_under_way: waits for the first committed unit.
until_under_way() {
  local tries=0 count
  until count=$(units_done) && [ "${count:-0}" -gt 0 ]; do
    if ((++tries > 600)) || ! kill -0 "$coordinator" 2>/dev/null; then
      echo "the sweep did not get under way" >&2
      status_line >&2
      [ -z "${SLURM_CONF:-}" ] || slurm squeue >&2
      return 1
    fi
    sleep 0.1
  done
}

# harm WORD …: what was done now is evidence only while units are open.
harm() {
  local count all
  count=$(units_done)
  all=$(units_all)
  EVIDENCE="$* at unit ${count:-?} of ${all:-?}"
  [ "${count:-0}" -lt "${all:-0}" ] || { echo "the sweep was over before: $*" >&2; return 1; }
}

# healed: the sweep is still not over at the end of the fault, so it met all of it.
healed() {
  local count all
  count=$(units_done)
  all=$(units_all)
  EVIDENCE+=", healed at ${count:-?}"
  [ "${count:-0}" -lt "${all:-0}" ] || { echo "the sweep was over before the fault was" >&2; return 1; }
}

# ends_well [STATUS]: the run ends by itself within some three minutes, with the local run's bytes, and leaves nobody behind.
ends_well() {
  local tries=0 status
  while kill -0 "$coordinator" 2>/dev/null; do
    # Looks are counted, not seconds: a machine that was held still has lost none.
    if ((++tries > 1500)); then
      echo "the sweep does not end: $(status_line | tr '\n' ';')" >&2
      return 1
    fi
    sleep 0.1
  done
  wait "$coordinator"
  status=$?
  [ "$status" = 0 ] || { echo "the run ended with status $status" >&2; return 1; }
  same_bytes && nobody_left
}

same_bytes() {
  "$program" export "$TESTBED/runs/testbed.sqlite" >"$TESTBED/export.csv" || return 1
  cmp "$scratch/local.csv" "$TESTBED/export.csv" >&2
}

# nobody_left: within 15 s no worker runs on any host and, with Slurm, the queue is empty.
nobody_left() {
  local tries
  for ((tries = 0; tries < 150; tries++)); do
    if [ -z "$(workers)" ] && { [ -z "${SLURM_CONF:-}" ] || [ -z "$(slurm squeue -h)" ]; }; then return 0; fi
    sleep 0.1
  done
  echo "left behind: $(workers)" >&2
  [ -z "${SLURM_CONF:-}" ] || slurm squeue >&2
  return 1
}

# The process ids of all workers.
workers() {
  local host
  for host in h1 h2; do
    [ -z "${HOST_ANCHOR[$host]:-}" ] || processes_on "$host" "ravine worker "
  done
}

case_slurm() {
  slurm_sweep && harm "no harm" && ends_well
}

# The script for sites where nothing may run on a login node.
case_all_in_one() {
  hosts_up 3 && slurm_up 2 || return 1
  cp "$here/sweep.yaml" "$TESTBED/testbed.yaml"
  RAVINE=$program RAVINE_RUNS=$TESTBED/runs slurm sbatch --nodes=2 --cpus-per-task=2 --time=5 \
    --output="$TESTBED/run1.log" "$here/../slurm/all-in-one.sh" "$TESTBED/testbed.yaml" || return 1
  local tries
  for ((tries = 0; tries < 1200; tries++)); do
    [ -n "$(slurm squeue -h)" ] || break
    sleep 0.1
  done
  EVIDENCE="coordinator and workers in one job of two nodes"
  same_bytes && nobody_left
}

case_ssh() {
  ssh_sweep && harm "no harm" && ends_well
}

case_link_cut() {
  slurm_sweep || return
  link_cut h1
  link_cut h2
  harm "both links cut for $OUTAGE s" || return
  sleep "$OUTAGE"
  link_heal h1
  link_heal h2
  healed && ends_well
}

case_hears_nothing() {
  slurm_sweep || return
  deafen h1 "$WORK_PORT"
  deafen h2 "$WORK_PORT"
  harm "both workers hear nothing for $OUTAGE s" || return
  sleep "$OUTAGE"
  network_heal h1
  network_heal h2
  healed && ends_well
}

case_says_nothing() {
  slurm_sweep || return
  mute h1 "$WORK_PORT"
  mute h2 "$WORK_PORT"
  harm "both workers are not heard for $OUTAGE s" || return
  sleep "$OUTAGE"
  network_heal h1
  network_heal h2
  healed && ends_well
}

case_reset_storm() {
  slurm_sweep || return
  harm "20 resets" || return
  reset_storm h1 "$WORK_PORT" 10
  reset_storm h2 "$WORK_PORT" 10
  ends_well
}

case_packet_loss() {
  ssh_sweep || return
  lose h1 0.2
  lose h2 0.2
  harm "20 % of all packets lost" && ends_well
}

case_stopped() {
  slurm_sweep || return
  signal_on h1 STOP "ravine worker "
  signal_on h2 STOP "ravine worker "
  harm "both workers stopped for $OUTAGE s" || return
  sleep "$OUTAGE"
  signal_on h1 CONT "ravine worker "
  signal_on h2 CONT "ravine worker "
  healed && ends_well
}

# A worker comes back with results of units that others are computing, or have computed, meanwhile.
case_zombie() {
  slurm_sweep || return
  signal_on h1 STOP "ravine worker "
  signal_on h2 STOP "ravine worker "
  harm "both workers stopped, the second back after $OUTAGE s, the first 1 s later" || return
  sleep "$OUTAGE"
  signal_on h2 CONT "ravine worker "
  sleep 1
  signal_on h1 CONT "ravine worker "
  healed && ends_well
}

case_node_down() {
  slurm_sweep || return
  slurm scontrol update nodename=h1 state=down reason=test
  harm "a node set down, its worker requeued" && ends_well
}

case_power_cut() {
  slurm_sweep || return
  host_down h1
  harm "a node without power" || return
  # The queue keeps the element of the lost node until Slurm gives the node up, half a minute later.
  ends_well
}

case_scancel() {
  slurm_sweep || return
  slurm scancel "$(slurm_running_on h1)"
  harm "a worker cancelled" && ends_well
}

case_preemption() {
  slurm_sweep || return
  slurm sbatch -p high -w h1 -c 2 --output=/dev/null --wrap 'sleep 1'
  harm "a job of higher priority handed in" && ends_well
}

# Ctrl-C takes the workers out of the queue; the same command goes on.
case_interrupted() {
  slurm_sweep || return
  signal_on h0 INT "ravine run "
  harm "interrupted" || return
  { wait "$coordinator"; } 2>/dev/null
  local status=$?
  [ "$status" = 130 ] || { echo "the run ended with status $status" >&2; return 1; }
  grep -q '^nothing is lost; go on with: ' "$TESTBED/run1.log" && nobody_left || return
  EVIDENCE+=", queue empty, no worker left"
  slurm_launch && ends_well
}

case_coordinator_killed() {
  slurm_sweep || return
  local before after
  signal_on h0 KILL "ravine run "
  before=$(workers | sort | tr '\n' ' ')
  harm "coordinator killed" || return
  { wait "$coordinator"; } 2>/dev/null
  slurm_launch || return
  until grep -qs 'earlier start are still there' "$TESTBED/run2.log"; do
    kill -0 "$coordinator" 2>/dev/null || { cat "$TESTBED/run2.log" >&2; return 1; }
    sleep 0.1
  done
  after=$(workers | sort | tr '\n' ' ')
  [ "$before" = "$after" ] || { echo "workers were $before, are $after" >&2; return 1; }
  EVIDENCE+=", the same workers after the restart"
  ends_well
}

# Nothing that ssh started outlives the launcher.
case_launcher_killed() {
  ssh_sweep || return
  signal_on h0 KILL "ravine run "
  harm "launcher killed" || return
  { wait "$coordinator"; } 2>/dev/null
  nobody_left || return
  EVIDENCE+=", no worker left"
  ssh_launch && ends_well
}

# The link of a node is cut until Slurm has given its worker up and started another; then the first one is back too.
case_requeue_zombie() {
  slurm_sweep || return
  link_cut h1
  signal_on h2 STOP "ravine worker "
  harm "a link cut until Slurm gave the node up" || return
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    slurm squeue -h -r -t PENDING -o %i | grep -q _ && break
    sleep 0.1
  done
  link_heal h1
  signal_on h2 CONT "ravine worker "
  healed && ends_well
}

# Slurm counts in minutes. Held still, the workers cannot finish before their limit: they leave at Slurm's warning or are
# ended at the limit. Others are handed in only while work is open.
case_walltime() {
  slurm_sweep --time=2 || return
  signal_on h1 STOP "ravine worker "
  signal_on h2 STOP "ravine worker "
  harm "a time limit of two minutes" && ends_well || return
  [ "$(grep -c '^slurm: job' "$TESTBED/run1.log")" -ge 2 ] || { echo "nobody took their place" >&2; return 1; }
  EVIDENCE+=", others took their place"
}

case_mpirun() {
  hosts_up 3 && ssh_up h1 h2 || return 1
  printf 'h1 slots=1\nh2 slots=1\n' >"$TESTBED/machines"
  launch --on mpirun --workers 2 --threads 1 -- --allow-run-as-root --hostfile "$TESTBED/machines" \
    --mca plm_rsh_args "-F $SSH_CONFIG -p $SSH_PORT" --mca oob_tcp_if_include eth0 --mca btl_tcp_if_include eth0
  until_under_way && harm "no harm" && ends_well
}
