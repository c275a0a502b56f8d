#!/bin/bash
# Checks everything below deploy/ that can be checked without a cluster. Each part says what it did or why it did not.
#   check.sh [PROGRAM]      with a built ravine, also that it knows every option that is used here
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
  echo "FAILED $1"
  failed=1
}

have() { command -v "$1" >/dev/null || { echo "skipped ${2:-$1}: not on this machine"; return 1; }; }

if have shellcheck; then
  mapfile -t scripts < <(find . -name '*.sh' | sort)
  shellcheck -x "${scripts[@]}" || fail "shellcheck"
  echo "shellcheck: ${#scripts[@]} scripts"
fi

# systemd-analyze ends with status 0 for unknown keys: any output is a failure. The program need not be installed.
if have systemd-analyze; then
  for unit in systemd/*.service; do
    grep -q '^ExecStart=/usr/bin/ravine ' "$unit" || fail "$unit does not start /usr/bin/ravine"
    sed 's,^ExecStart=/usr/bin/ravine,ExecStart=/bin/true,' "$unit" >"$scratch/$(basename "$unit")"
    said=$(systemd-analyze verify --man=no "$scratch/$(basename "$unit")" 2>&1) || true
    [ -z "$said" ] || fail "$unit: $said"
    exposure=$(systemd-analyze security --offline=true --no-pager "$scratch/$(basename "$unit")" 2>/dev/null | tail -n 1)
    echo "systemd-analyze: $unit, exposure $(grep -oE "[0-9]+\.[0-9]" <<<"$exposure")"
  done
fi

if have kubectl "kustomization"; then
  kubectl kustomize k8s >"$scratch/all.yaml" || fail "kustomize"
  echo "kustomize: $(grep -c '^kind:' "$scratch/all.yaml") objects"
fi
# kubernetes-validate (PyPI) ends with status 0 for kinds that it does not know: a warning is a failure.
if [ -s "$scratch/all.yaml" ] && have kubernetes-validate; then
  said=$(kubernetes-validate --strict "$scratch/all.yaml" k8s/join.example.yaml 2>&1) || fail "kubernetes-validate: $said"
  if grep -q WARN <<<"$said"; then fail "kubernetes-validate: $said"; fi
  echo "kubernetes-validate: manifests are valid"
fi

# Options that the texts here give to `ravine VERB` must be in the help of that verb.
if [ -n "${1:-}" ]; then
  program=$(cd - >/dev/null && realpath "$1")
  known() {
    "$program" "$1" --help-hidden 2>&1 | grep -oE '(^|[ /])--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u
  }
  used() {
    # A line that starts ravine, its continuations, and the argument lists of the manifests.
    { sed -e ':join' -e '/\\$/{N;s/\\\n//;bjoin}' systemd/*.service slurm/*.sh README.md ssh/* |
        grep -oE "ravine\"? $1 .*" | sed -e 's/ -- .*//' -e 's/[`|>#].*//'
      awk -v verb="$1" '$1 == "-" && $2 == verb { on = 1 } !/^ *- [^ ]*$/ { on = 0 } on' k8s/*.yaml
    } | grep -oE -- '(^|[ [])--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u
  }
  for verb in run serve submit worker doctor keys; do
    missing=$(comm -23 <(used "$verb") <(known "$verb") | tr '\n' ' ')
    [ -z "${missing// /}" ] || fail "ravine $verb does not know: $missing"
    echo "options of ravine $verb: $(used "$verb" | tr '\n' ' ')"
  done
fi
exit "$failed"
