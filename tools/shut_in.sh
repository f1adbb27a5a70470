#!/bin/sh
# Runs a command as a strict container would: without a network (only its own loopback), with a home,
# packages and vidtag's own folder that cannot be written. What TMPDIR names can be.
#
#     tools/shut_in.sh vidtag run VIDEO -m pocket -o /tmp/results
#
# Linux, with unshare of util-linux; where user namespaces are forbidden it says so and fails.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
packages=$(python -c 'import sys; print(sys.prefix)')
HOME=$(mktemp -d)
export HOME
trap 'rmdir "$HOME"' EXIT
unshare --map-root-user --mount --net sh -euc '
  mount -t tmpfs -o ro none "$HOME"
  for folder in "$1" "$2"; do
    mount --bind "$folder" "$folder"
    mount -o remount,bind,ro "$folder"
  done
  shift 2
  cd "$PWD"  # through the new mounts
  ip link set lo up 2>/dev/null || true
  exec "$@"
' sh "$here" "$packages" "$@"
