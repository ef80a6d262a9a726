#!/bin/sh
# Installs or upgrades heatmon from this folder, without network; `install.sh --back` undoes the last upgrade.
# Run it as root on Debian 12 (python3 and systemd). Nothing outside /opt/heatmon, /etc/heatmon,
# /var/lib/heatmon and the unit's file is touched. HEATMON_ROOT puts all of it below another folder.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
top=${HEATMON_ROOT:-}
opt=$top/opt/heatmon
etc=$top/etc/heatmon
state=$top/var/lib/heatmon
units=$top/etc/systemd/system
kept=$state/.backups

say() { printf '%s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
with_systemd() { [ -z "$top" ] && [ -d /run/systemd/system ]; }

instances() {  # stations (or groups of them) that have settings
    for dir in "$etc"/stations/*/; do [ -d "$dir" ] && basename "$dir"; done || true
}
running() { with_systemd && systemctl is-active -q "heatmon@$1"; }

stop_all() {
    started=
    for name in $(instances); do
        if running "$name"; then
            systemctl stop "heatmon@$name"
            started="$started $name"
        fi
    done
}
start_all() {  # 1 when one of those that ran before does not come up
    with_systemd && systemctl daemon-reload
    for name in $started; do
        systemctl start "heatmon@$name" || return 1
    done
}
point_to() {  # make a release the current one, in one step
    ln -sfn "releases/$1" "$opt/.new" && mv -Tf "$opt/.new" "$opt/current"
    [ -e "$opt/bin" ] || ln -s current/bin "$opt/bin"
}

back_up() {  # with the version that made the store
    mkdir -p "$kept"
    chmod 700 "$kept"
    for name in $(instances); do
        [ -d "$state/$name/stations" ] || continue
        rm -f "$kept/$name.tar"
        "$opt/bin/heatmon" backup "$kept/$name.tar" --state "$state/$name" --settings "$etc/stations/$name" ||
            die "the store of $name cannot be backed up; nothing was changed"
    done
}
go_back() {  # to version $1, with the stores as they were
    point_to "$1"
    [ ! -f "$opt/releases/$1/heatmon@.service" ] || cp "$opt/releases/$1/heatmon@.service" "$units/"
    for archive in "$kept"/*.tar; do
        [ -f "$archive" ] || continue
        name=$(basename "$archive" .tar)
        "$opt/bin/heatmon" restore "$archive" --state "$state/$name" --replace ||
            die "the store of $name could not be put back; its backup is $archive"
    done
    start_all || die "$1 is back, but a service does not start; see journalctl -u 'heatmon@*'"
    say "heatmon $1 is back, with the stores as they were before the upgrade"
}

if [ "${1:-}" = --back ]; then
    [ -f "$opt/previous" ] || die "there is no version to go back to"
    previous=$(cat "$opt/previous")
    [ -d "$opt/releases/$previous" ] || die "the release $previous is gone from $opt/releases"
    stop_all
    go_back "$previous"
    rm -f "$opt/previous"
    exit 0
fi
[ $# -eq 0 ] || die "usage: install.sh, or install.sh --back"

version=$(cat "$here/VERSION")
[ -n "$top" ] || [ "$(id -u)" = 0 ] || die "run it as root"
command -v python3 >/dev/null || die "python3 is missing; install it from Debian's medium (apt-get install python3)"
python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    die "this archive is for Python 3.11 (Debian 12); this machine has $(python3 --version)"
(cd "$here" && sha256sum -c --quiet SHA256SUMS) || die "files of this archive are damaged; copy it again"

mkdir -p "$opt/releases" "$etc/stations" "$etc/credentials" "$state" "$units"
chmod 700 "$etc/credentials"
old=$(basename "$(readlink "$opt/current" 2>/dev/null || true)")
release=$opt/releases/$version
[ "$old" != "$version" ] || die "heatmon $version is installed already"

say "installing heatmon $version ..."
rm -rf "$release"
python3 -m venv --without-pip "$release"
set -- "$here"/tools/pip-*.whl
python3 "$1/pip" --python "$release/bin/python" --disable-pip-version-check install -q --no-index \
    --find-links "$here/wheels" --no-compile "heatmon==$version" || die "the wheels do not fit this machine"
"$release/bin/python" -m compileall -q "$release/lib" || true
cp "$here/systemd/heatmon@.service" "$release/"

started=
if [ -n "$old" ]; then
    # The new version must take the settings before the old one is stopped.
    for name in $(instances); do
        "$release/bin/heatmon" check "$etc/stations/$name" ||
            die "heatmon $version does not take the settings of $name; $old goes on, nothing was changed"
    done
    stop_all
    back_up
fi
point_to "$version"
cp "$here/systemd/heatmon@.service" "$units/"
if ! start_all; then
    say "heatmon $version does not start; going back to $old"
    stop_all
    go_back "$old"
    exit 1
fi
if [ -n "$old" ]; then
    echo "$old" > "$opt/previous"
    say "upgraded from $old to $version; \`install.sh --back\` undoes it"
else
    mkdir -p "$opt/example"
    cp -r "$here/example/." "$opt/example/"
    say "heatmon $version is installed. Next: $opt/bin/heatmon init $etc/stations/ID, then systemctl enable --now heatmon@ID"
fi
