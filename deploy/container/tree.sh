#!/bin/bash
# The file tree of a container that holds nothing but ravine: the program, the shared libraries that it names, an empty
# folder for runs.
#   tree.sh PROGRAM FOLDER
set -euo pipefail
program=${1:?usage: tree.sh PROGRAM FOLDER}
tree=${2:?usage: tree.sh PROGRAM FOLDER}
install -D -s "$program" "$tree/usr/bin/ravine"
ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
  install -D "$library" "$tree$library"
done
install -d -m 0700 -o 7787 -g 7787 "$tree/var/lib/ravine"
install -d -m 1777 "$tree/tmp"
install -d "$tree/etc"
echo 'ravine:x:7787:7787::/var/lib/ravine:/' >"$tree/etc/passwd"
