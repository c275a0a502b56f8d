#!/bin/bash
#SBATCH --job-name=ravine
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=01:00:00
#SBATCH --signal=B:TERM@120
# Coordinator and workers in one allocation, for sites where nothing may run on a login node:
#   sbatch all-in-one.sh SWEEP
# One lost node ends the whole job (Slurm cannot take it out of the allocation); handed in again, the same command goes
# on where it stopped. With `ravine run --on slurm` only the worker on the lost node is lost.
set -euo pipefail
sweep=${1:?usage: sbatch all-in-one.sh SWEEP}
ravine=${RAVINE:-ravine}
runs=${RAVINE_RUNS:-runs}
name=$(basename "$sweep" .yaml)
join=$runs/$name.access/worker.join

# The coordinator has no workers of its own; it runs on the first node, where this script runs.
started=$(mktemp)
"$ravine" run "$sweep" --name "$name" --runs "$runs" --workers 0 --listen 'tcp://*' &
coordinator=$!
trap 'kill -TERM "$coordinator" 2>/dev/null' TERM

# It writes the join file anew once it listens.
until [ "$join" -nt "$started" ]; do
  kill -0 "$coordinator" 2>/dev/null || { wait "$coordinator"; exit; }
  sleep 0.5
done
rm -f "$started"

# One worker on every node. Those that leave early must not take the others along: --wait=0, --kill-on-bad-exit=0. From
# 22.05 srun does not inherit -c from sbatch.
srun --overlap --wait=0 --kill-on-bad-exit=0 --cpus-per-task="$SLURM_CPUS_PER_TASK" \
  "$ravine" worker --join "$join" --orphan-timeout 2m &
workers=$!

status=0
wait "$coordinator" || status=$?
# A signal ends the first wait; the coordinator then stops cleanly.
while kill -0 "$coordinator" 2>/dev/null; do
  wait "$coordinator" && status=0 || status=$?
done
wait "$workers" || true
exit "$status"
