#!/bin/sh
# Packs both packages as for the registry, builds them from the packed files alone, outside the checkout, and runs
# their tests there. FILTER... are passed on to `cargo test`.
set -eu
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
target=${CARGO_TARGET_DIR:-$PWD/target}
cargo package --workspace --no-verify --allow-dirty --quiet
for package in dfdx-lab dfdx-lab-kernel; do
    file=$(ls -t "$target/package/$package"-[0-9]*.crate | head -n 1)
    size=$(wc -c <"$file")
    echo "$package: $size bytes"
    # The size limit of the registry.
    [ "$size" -lt 10000000 ]
    mkdir "$place/$package"
    tar -xzf "$file" -C "$place/$package" --strip-components 1
    (cd "$place/$package" && CARGO_TARGET_DIR=$target cargo test --locked "$@")
done
