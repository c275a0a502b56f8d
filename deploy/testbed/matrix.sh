#!/bin/bash
# A sweep over three hosts with a real Slurm or a real sshd, through one fault after the other; its export must have the
# bytes of a run on this machine alone.
#
#   matrix.sh PROGRAM [CASE …]        PROGRAM is a built ravine; without cases, all of them
#   matrix.sh PROGRAM --list
#
# MATRIX_JOBS says how many cases run side by side (default 4: they mostly wait). Ends with status 0 when all is well,
# 1 when a case failed, 77 when this machine cannot run it (the reason on standard error).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for part in hosts faults slurm ssh; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done
# shellcheck source=/dev/null
. "$here/cases.sh"

usage() {
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 64
}

# matrix_one CASE: runs one case in this process, on hosts of its own; the verdict is its last line of output.
matrix_one() {
  local name=$1 started=$SECONDS verdict=passed
  TESTBED=$scratch/$name
  mkdir -p "$TESTBED"
  trap 'hosts_down' EXIT
  EVIDENCE=
  # Not in a condition: a case that fails stops at the first thing that went wrong.
  "case_${name//-/_}" || verdict=FAILED
  hosts_down
  trap - EXIT
  printf '%s|%s|%d|%s\n' "$name" "$verdict" "$((SECONDS - started))" "$EVIDENCE" >"$scratch/$name.verdict"
  echo "$verdict: $name, $((SECONDS - started)) s" >&3
}

main() {
  local name
  [ $# -ge 1 ] || usage
  program=$(realpath "$1") || usage
  [ -x "$program" ] || usage
  shift
  local cases=("${MATRIX_CASES[@]}")
  case ${1:-} in
    --list) printf '%s\n' "${MATRIX_CASES[@]}" && exit ;;
    -*) usage ;;
    ?*) cases=("$@") ;;
  esac
  for name in "${cases[@]}"; do
    declare -F "case_${name//-/_}" >/dev/null || { echo "there is no case $name" >&2; exit 64; }
  done

  local missing
  missing=$( (hosts_missing; slurm_missing; ssh_missing) | paste -sd, | sed 's/,/, /g')
  if [ -n "$missing" ]; then
    echo "skipped: the cluster matrix needs $missing" >&2
    exit 77
  fi

  scratch=$(mktemp -d "${TMPDIR:-/tmp}/ravine-testbed.XXXXXX")
  trap 'clean_up' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  exec 3>&2
  echo "the local run" >&2
  "$program" run "$here/sweep.yaml" --runs "$scratch/local" --workers 2 --threads 1 --quiet &&
    "$program" export "$scratch/local/testbed.sqlite" >"$scratch/local.csv" || exit 1

  for name in "${cases[@]}"; do
    while (($(jobs -rp | wc -l) >= ${MATRIX_JOBS:-4})); do wait -n; done
    (matrix_one "$name") >"$scratch/$name.log" 2>&1 &
  done
  wait
  report "${cases[@]}"
}

# report CASE …: the table, and what the failed cases said.
report() {
  local name verdict seconds evidence status=0
  printf '%-20s %-7s %7s  %s\n' case verdict seconds evidence
  for name in "$@"; do
    IFS='|' read -r _ verdict seconds evidence <"$scratch/$name.verdict" 2>/dev/null || verdict=FAILED
    printf '%-20s %-7s %7s  %s\n' "$name" "$verdict" "${seconds:-?}" "${evidence:-}"
    [ "$verdict" = passed ] || status=1
  done
  for name in "$@"; do
    grep -q '|passed|' "$scratch/$name.verdict" 2>/dev/null && continue
    printf '\n%s said:\n' "$name"
    tail -n 30 "$scratch/$name.log" | sed 's/^/  /'
    for log in "$scratch/$name"/run*.log; do
      [ -s "$log" ] || continue
      printf '  %s:\n' "${log##*/}"
      tail -n 15 "$log" | sed 's/^/    /'
    done
    for log in "$scratch/$name"/runs/*.slurm/*.log; do
      [ -s "$log" ] || continue
      printf '  %s:\n' "${log##*/}"
      tail -n 5 "$log" | sed 's/^/    /'
    done
  done
  return "$status"
}

clean_up() {
  local job
  for job in $(jobs -rp); do kill -TERM "$job" 2>/dev/null; done
  wait
  if [ -n "${MATRIX_KEEP:-}" ]; then echo "kept: $scratch" >&2; else rm -rf "$scratch"; fi
}

main "$@"
