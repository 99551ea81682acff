#!/bin/sh
# Called in place of rustc (RUSTC_WRAPPER): builds the crates that read files with the coverage that
# guides libFuzzer. The others are built as usual, so that polars' hundred crates need not be rebuilt
# for the targets that do not read tables; FUZZ_ALL=1 measures coverage in all of them.
read_files=" dfdx_lab dfdx_lab_fuzz idx npy npz csv parquet image keras h5 model study weights hdf5_pure zip png fdeflate zune_jpeg zune_core gif weezl image_webp "
name=
previous=
for argument in "$@"; do
    [ "$previous" = --crate-name ] && name=$argument
    previous=$argument
done
case $read_files in
    *" $name "*) count=1 ;;
    *) count=${FUZZ_ALL:-} ;;
esac
# Build scripts and macros run during compilation, where coverage is not measured.
case "$name $*" in
    build_script_* | *"--crate-type proc-macro"*) count= ;;
esac
if [ -n "$count" ] && [ -n "$name" ]; then
    set -- "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
fi
exec "$@"
