#!/usr/bin/env bash
# One archive that installs on a bare Debian 12 without network: wheels for x86_64 and aarch64, the unit,
# an example, checksums, install.sh. Needs the package index once, here. Usage: bundle.sh PYTHON OUTDIR [ARCH…]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
python=$1
out=$2
shift 2
archs=("$@")
[ "${#archs[@]}" -gt 0 ] || archs=(x86_64 aarch64)

version=$("$python" -c 'import heatmon; print(heatmon.__version__)')
name=heatmon-$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/$name/wheels" "$work/$name/tools" "$out"

pip() { "$python" -m pip --disable-pip-version-check "$@"; }

for arch in "${archs[@]}"; do
    echo "wheels for $arch ..."
    # Debian 12 has glibc 2.36 and Python 3.11; every pin is checked by its hash.
    platforms=()
    for glibc in 2_36 2_34 2_31 2_28 2_26 2_17; do platforms+=(--platform "manylinux_${glibc}_$arch"); done
    pip download -q --require-hashes --only-binary=:all: "${platforms[@]}" --platform "manylinux2014_$arch" \
        --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
        -d "$work/$name/wheels" -r "$root/requirements/run.txt"
done
"$python" -m build -q --wheel --no-isolation --outdir "$work/$name/wheels" "$root"
pip download -q --no-deps --only-binary=:all: -d "$work/$name/tools" pip

cp "$here/install.sh" "$work/$name/"
cp -r "$root/systemd" "$work/$name/systemd"
mkdir "$work/$name/example"
cp -r "$root/config/stations/hx-example" "$work/$name/example/"
cp "$root/LICENSE" "$root/README.md" "$work/$name/"
echo "$version" > "$work/$name/VERSION"
(cd "$work/$name" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -czf "$out/$name.tar.gz" "$name"
(cd "$out" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
echo "$out/$name.tar.gz"
