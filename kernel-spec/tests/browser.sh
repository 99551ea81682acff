#!/bin/sh
# Stands for a browser that prints: writes half a page, and fails where the page says so.
for argument; do
    case $argument in --print-to-pdf=*) out=${argument#*=} ;; esac
done
printf half > "$out"
! grep -q fails "$argument"
