# shellcheck shell=sh
# What the programs of this folder share: each is called as NAME [SCALE] and runs one of the distribution's programs on
# files below /input, in the guest and, in the same tree, on the host.
set -e
export PATH=/bin:/usr/bin LC_ALL=C PYTHONHASHSEED=0
name=${0##*/}
scale=${1:-1}

# measure COUNT COMMAND...: COUNT times the scale; what the command writes is the result.
measure() {
    count=$(mawk "BEGIN { n = int($1 * $scale); print n < 1 ? 1 : n }")
    shift
    begun=$(/bin/date +%s.%N)
    sum=$(while [ "$count" -gt 0 ]; do
        "$@"
        count=$((count - 1))
    done | cksum)
    echo "$name checksum: ${sum% *}" | tr -s ' '
    mawk "BEGIN { printf \"$name seconds: %.3f\n\", $(/bin/date +%s.%N) - $begun }"
}
