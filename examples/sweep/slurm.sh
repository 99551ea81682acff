#!/bin/bash
# A sweep as a Slurm array: eight workers of two cores each.
#
#   cargo build --release --example sweep          # once, on the login node
#   export DFDX_LAB_DATA=$HOME/data                # on a disk that all nodes share
#   cargo run --release --bin dfdx-lab-data -- fetch fashion-mnist
#   export DFDX_LAB_STUDY=postgresql://user:password@host:5432/sweep
#   sbatch examples/sweep/slurm.sh
#
# Submit it again to add workers, or to continue after the time limit: finished trials are kept.
#SBATCH --job-name=sweep
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=sweep-%A-%a.log
set -eu

: "${DFDX_LAB_STUDY:?set it to the address of the PostgreSQL database}"
# The submitting folder is on a disk that all nodes share: weights and backups go to
# studies.models in it, so that any worker can continue the trial of one that died.
cd "$SLURM_SUBMIT_DIR"
export RAYON_NUM_THREADS="${SLURM_CPUS_PER_TASK:-1}"
exec "${CARGO_TARGET_DIR:-target}/release/examples/sweep"
