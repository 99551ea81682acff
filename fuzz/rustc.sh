#!/bin/sh
# Stands before rustc (RUSTC_WRAPPER): gives the crates that read files the coverage that libFuzzer
# is guided by. The others are built as ever, so that polars' hundred crates need not be built anew
# for the targets that do not read tables; FUZZ_ALL=1 counts them all.
read_files=" dfdx_lab dfdx_lab_fuzz idx npy npz csv parquet image keras h5 study weights hdf5_pure zip png fdeflate zune_jpeg zune_core gif weezl image_webp "
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
# Build scripts and macros run in the compiler, where nobody counts.
case "$name $*" in
    build_script_* | *"--crate-type proc-macro"*) count= ;;
esac
if [ -n "$count" ] && [ -n "$name" ]; then
    set -- "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
fi
exec "$@"
