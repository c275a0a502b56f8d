#!/bin/bash
#SBATCH --job-name=ravine-correlated-inputs
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@60
# One element of the array is one worker on one node: lost or preempted, it is requeued alone.
set -u
element=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
name=slurm-$element${SLURM_RESTART_COUNT:+-r$SLURM_RESTART_COUNT}
# The warning before the time limit may come late, so the worker is told how long it has.
if end=$(squeue -h -j "$element" -o %e) && end=$(date -d "$end" +%s) && [ "$end" -gt "$(date +%s)" ]; then
  set -- --walltime "$((end - $(date +%s)))s"
fi
exec /home/me/bin/ravine worker --join /home/me/runs/correlated-inputs.access/worker.join --name "$name" "$@"
