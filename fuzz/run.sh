#!/bin/sh
# Fuzzes the readers: ./run.sh [seconds for each target] [target …]
#
# Needs a C++ compiler for libFuzzer, but no nightly Rust: the coverage that cargo-fuzz uses is a pass
# of LLVM, which stable rustc runs too. Findings are written to artifacts/TARGET.
set -eu
cd "$(dirname "$0")"
seconds=${1:-600}
[ $# -gt 0 ] && shift
targets=${*:-idx npy npz image csv parquet keras h5 model weights study}

export RUSTC_WRAPPER="$PWD/rustc.sh"
built=${CARGO_TARGET_DIR:-target}
bins=
for target in $targets; do bins="$bins --bin $target"; done
# The levels of optimisation that the library has: most of polars lightly, which halves the build.
mkdir -p "$built"
sed -n '/^\[profile\./,/^$/p' ../Cargo.toml > "$built/profile.toml"
# shellcheck disable=SC2086
cargo build --release --config "$built/profile.toml" $bins
out=$built/release

golden=../tests/golden
seed() { # target, files
    mkdir -p "corpus/$1" "artifacts/$1"
    target=$1
    shift
    for file in "$@"; do cp "$file" "corpus/$target/seed-$(basename "$file")"; done
}
seed npy "$golden"/npy/*.npy
seed npz "$golden"/npz/*.npz
seed parquet "$golden"/parquet/*.parquet
seed image "$golden"/image_folder/*/*.* "$golden"/image_formats/*
seed keras "$golden"/keras_files/mlp.keras "$golden"/keras_files/chain.keras "$golden"/keras_files/keras2.keras "$golden"/keras_files/masked_steps.keras
seed h5 "$golden"/keras_files/mlp.h5 "$golden"/keras_files/mlp.weights.h5 "$golden"/keras_files/keras2.h5
seed model "$golden"/models/*.dfdx
seed weights "$golden"/models/*.safetensors "$golden"/npz/*.npz
seed idx
seed study
seed csv
# Which cell, which rows, the text: see the target.
printf '\000\001{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": true}}' > corpus/study/seed-float
printf '\000\004{"name": "IntDistribution", "attributes": {"log": false, "step": 3, "low": 2, "high": 8}}' > corpus/study/seed-int
printf '\000\003{"name": "CategoricalDistribution", "attributes": {"choices": ["relu", 2, null, true]}}' > corpus/study/seed-kinds
printf '\003\0041e999\000\004\001INF_POS\000\015\002RUNNING' > corpus/study/seed-values
printf '\014\004[1, {"a": null}]\000\013\0041e400\000\012\004"text"' > corpus/study/seed-attributes
# One row of three bytes, 2 × 2 floats, and the first compressed.
printf '\000\000\010\002\000\000\000\001\000\000\000\003abc' > corpus/idx/seed-bytes
printf '\000\000\015\001\000\000\000\002\077\200\000\000\300\000\000\000' > corpus/idx/seed-floats
gzip -c corpus/idx/seed-bytes > corpus/idx/seed-gzip
# A separator, the bits of the options, one more: see the target.
printf ',\000\000a,b,c\n1,2.5,x\n-3,1e9,"y ""z"""\n' > corpus/csv/seed-commas
printf ';\000\000state;power\r\nw;1,5\r\n;\r\n' > corpus/csv/seed-semicolons
printf ',\000\000\357\273\277a,b\ntrue,2020-01-01\nfalse,"two\nlines"\n' > corpus/csv/seed-mark
printf ';\036\000sep=;\n# rents\nzip;rent # EUR\n01067;1.250,50\n04109;?\n' > corpus/csv/seed-numbers
printf ' \041\001 1  NA 2.5 \n3\t"x y" inf\n' > corpus/csv/seed-whitespace
printf ',\301\003caf\351\r1,99999999999999999999\r007,\r' > corpus/csv/seed-latin
printf ',\000\000\377\376a\000,\000b\000\n\0001\000,\0002\000\n\000' > corpus/csv/seed-utf16

export RAYON_NUM_THREADS=1 POLARS_MAX_THREADS=1
failed=
for target in $targets; do
    echo "== $target: $seconds s"
    # Keras' smallest file is larger than any other seed.
    case $target in keras | h5) longest=65536 ;; *) longest=8192 ;; esac
    "$out/$target" "corpus/$target" -max_total_time="$seconds" -artifact_prefix="artifacts/$target/" \
        -timeout=60 -rss_limit_mb=4096 -max_len="$longest" -print_final_stats=1 -verbosity=1 \
        > "artifacts/$target.log" 2>&1 || failed="$failed $target"
    grep -E '^stat::|ERROR|^Done|panicked' "artifacts/$target.log" || true
done
[ -z "$failed" ] || { echo "found something in:$failed (see artifacts/)"; exit 1; }
