#!/bin/sh
# One installation, another user: as a system user made for this, who may not write to the home, runs both kernels,
# `dfdx-lab new`, `report` and `doctor`. Needs root, and an installation whose compiler every user may read:
#
#     DFDX_LAB_HOME=/opt/dfdx-lab kernel-spec/tests/other_user.sh
set -eu
if [ "$(id -u)" != 0 ] || ! command -v useradd >/dev/null || ! command -v runuser >/dev/null; then
    echo "skipped: only root can make another user" >&2
    exit 0
fi
home=${DFDX_LAB_HOME:?the folder of the installation}
tests=$(cd "$(dirname "$0")" && pwd)
user=dfdx-lab-$$
useradd --create-home "$user"
folder=$(getent passwd "$user" | cut -d : -f 6)
marker=$(mktemp)
trap 'userdel --remove "$user" 2>/dev/null; rm -f "$marker"' EXIT
cp "$tests/client.py" "$tests/other_user.py" "$folder"
# Only what a hub gives: a path without Rust, and where the kernels are.
runuser -u "$user" -- env -i HOME="$folder" PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 JUPYTER_PATH="$home/share/jupyter" INSTALLATION="$home" \
    sh -c 'cd && exec "$INSTALLATION/python/bin/python" other_user.py'
changed=$(find "$home" -newer "$marker")
if [ -n "$changed" ]; then
    echo "the installation was changed: $changed" >&2
    exit 1
fi
