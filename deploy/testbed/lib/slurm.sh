# shellcheck shell=bash
# A real Slurm on the hosts: controller on h0, one node on each other host. Needs lib/hosts.sh and Debian's slurm-wlm.
#
# No munge and no database: every host is this machine, and the daemons end with their hosts.

slurm_missing() {
  local tool
  for tool in slurmctld slurmd sbatch squeue scontrol sinfo; do
    command -v "$tool" >/dev/null || echo "$tool (package slurm-wlm)"
  done
}

# slurm_up COUNT: COUNT nodes, h1 … hCOUNT, of two cores each. Exports SLURM_CONF.
slurm_up() {
  local count=$1 index
  export SLURM_CONF=$TESTBED/slurm/slurm.conf
  mkdir -p "$TESTBED/slurm/state" "$TESTBED/slurm/log" "$TESTBED/slurm/run"
  slurm_configuration "$count" >"$SLURM_CONF"
  slurm_controller_up
  for ((index = 1; index <= count; index++)); do slurm_node_up "h$index"; done
  slurm_until_idle "$count"
}

slurm_configuration() {
  local count=$1 index
  cat <<CONF
ClusterName=testbed
SlurmctldHost=h0($(host_address h0))
SlurmUser=root
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
StateSaveLocation=$TESTBED/slurm/state
SlurmdSpoolDir=$TESTBED/slurm/run/spool.%n
SlurmctldPidFile=$TESTBED/slurm/run/controller.pid
SlurmdPidFile=$TESTBED/slurm/run/node.%n.pid
SlurmctldLogFile=$TESTBED/slurm/log/controller.log
SlurmdLogFile=$TESTBED/slurm/log/node.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
ReturnToService=2
KillWait=3
SlurmdTimeout=5
SlurmctldTimeout=10
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
CONF
  for ((index = 1; index <= count; index++)); do
    echo "NodeName=h$index NodeAddr=$(host_address "h$index") CPUs=2 RealMemory=2000 State=UNKNOWN"
    mkdir -p "$TESTBED/slurm/run/spool.h$index"
  done
  echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=1"
  echo "PartitionName=high Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF"
}

# The daemons do not fork; they end with their host, or with slurm_node_kill.
slurm_controller_up() {
  on h0 slurmctld -D >"$TESTBED/slurm/log/controller.out" 2>&1 &
  disown
}

slurm_node_up() {
  on "$1" slurmd -D -N "$1" >"$TESTBED/slurm/log/node.$1.out" 2>&1 &
  disown
}

# slurm COMMAND …: a command of Slurm on the login host; never waits for ever.
slurm() { on h0 timeout 20 "$@"; }

# slurm_until_idle COUNT: waits until so many nodes are idle.
slurm_until_idle() {
  local tries
  for ((tries = 0; tries < 400; tries++)); do
    [ "$(slurm sinfo -h -t idle -p main -o %D 2>/dev/null)" = "$1" ] && return 0
    sleep 0.05
  done
  echo "Slurm's nodes did not become idle:" >&2
  slurm sinfo >&2
  tail -n 5 "$TESTBED"/slurm/log/*.log >&2
  return 1
}

# slurm_running_on HOST: the job ids (array elements as ID_INDEX) that run on a node.
slurm_running_on() { slurm squeue -h -t RUNNING -w "$1" -o %i; }
