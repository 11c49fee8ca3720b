#!/usr/bin/env bash
# run.sh          boots the demo guest under both engines and reports what each cost
# run.sh shell    the same guest, interactive on this terminal (poweroff -f or Ctrl-A x leaves)
# run.sh desktop  the same guest in a window
# run.sh bench    measures what interpreting and translating cost, into build/bench/report.html (five minutes)
# Each sets up what is missing and builds first.
set -euo pipefail
cd "$(dirname "$0")"

what=${1:-demo}
calque=build/release/calque
demo=build/demo
scale=0.1 # of the compute programs' work: the interpreter takes its time
common=(--memory 256M)
kernel_words="mitigations=off quiet"

build_calque() {
    local log=build/run-build.log
    mkdir -p build
    [ -x "$calque" ] || echo "Building Calque (the first time takes a few minutes) ..." >&2
    {
        cmake --preset release --log-level=WARNING && cmake --build --preset release --target calque calque_roms
    } >"$log" 2>&1 </dev/null && return
    tail -n 40 "$log" >&2
    echo "run.sh: the build failed; all of it is in $log" >&2
    exit 2
}

# The compute programs go along where the host's compiler makes 32-bit programs.
build_guest() {
    guest=$(scripts/get-guest </dev/null)
    local made
    made=$(make --silent --directory bench/guests OUT="$PWD/build/guests" demo 2>build/guests.log) ||
        echo "run.sh: without compute programs (this host's gcc makes no 32-bit ones; see build/guests.log)" >&2
    mapfile -t programs < <(grep "^$PWD/build/guests/" <<<"$made")
    scripts/make-initramfs "$demo/initrd.gz" "${programs[@]}" </dev/null
    common+=(--kernel "$guest/vmlinuz-686" --initrd "$demo/initrd.gz")
}

boot_demo() {
    local engine=$1
    printf '\n=== %s ===\n' "$engine"
    "$calque" run --engine "$engine" "${common[@]}" --display none --timeout 900 \
        --append "console=tty0 console=ttyS0 $kernel_words calque.demo calque.scale=$scale" \
        --serial stdio --stats "$demo/$engine.json" --screenshot "$demo/$engine.png" </dev/null |
        tee "$demo/$engine.log"
    grep -q '^calque: demo complete' "$demo/$engine.log" && return
    echo "run.sh: the demo guest did not get through under the $engine; see $demo/$engine.log" >&2
    exit 1
}

# The same programs on the host itself, for the report's first column.
run_natively() {
    : >"$demo/native.log"
    [ "$(uname -m)" = x86_64 ] || return 0
    local program
    for program in "${programs[@]}"; do "$program" "$scale" >>"$demo/native.log" || true; done
}

# Without the guest, or the charts, less is measured and shown: the report says so.
measure() {
    scripts/setup bench </dev/null || true
    bench/make-guest </dev/null || true
    mkdir -p build/bench
    "$calque" bench --suite quick --json build/bench/report.json --html build/bench/report.html
    echo "The report is build/bench/report.html."
}

case $what in
    demo | shell | desktop | bench) ;;
    *) echo "usage: run.sh [shell|desktop|bench]" >&2; exit 2 ;;
esac
scripts/setup build demo </dev/null
build_calque
if [ "$what" = bench ]; then
    measure
    exit
fi
mkdir -p "$demo"
build_guest
case $what in
    shell)
        exec "$calque" run "${common[@]}" --display none --serial stdio \
            --append "console=ttyS0 $kernel_words calque.net"
        ;;
    desktop)
        exec "$calque" run "${common[@]}" --display sdl --serial none --append "vga=0x317 $kernel_words calque.net"
        ;;
    demo)
        boot_demo interpreter
        boot_demo translator
        run_natively
        scripts/demo-report "$demo"
        ;;
esac
