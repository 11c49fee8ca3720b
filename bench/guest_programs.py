"""The programs of bench/guests, built, and the guest that holds them."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SCRIPTS = ROOT / "bench" / "guests" / "programs"  # they run programs of the distribution
GROUPS = ("integer", "memory", "x87", "sse", "changing", "kernel", SCRIPTS.name)


def fetched(script):
    """The folder that scripts/get-* prints."""
    done = subprocess.run([ROOT / "scripts" / script], stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


def make_programs(groups=GROUPS, only=()):
    """{group: [program]}, newly made; of all names, or only of these."""
    out = BUILD / "guests"
    subprocess.run(["make", "--silent", "-C", ROOT / "bench" / "guests", f"OUT={out}"], check=True)
    wanted = lambda path: os.access(path, os.X_OK) and (not only or path.name in only)
    folders = {group: SCRIPTS if group == SCRIPTS.name else out / group for group in groups}
    chosen = {group: sorted(filter(wanted, folder.iterdir())) for group, folder in folders.items()}
    return {group: programs for group, programs in chosen.items() if programs}


def make_initrd(initrd, groups):
    """A file that holds make_programs()'s answer, and what those of the distribution need."""
    tree = ["--tree", fetched("get-programs")] if SCRIPTS.name in groups else []
    shared = sorted(SCRIPTS.glob("*.sh")) if tree else []
    programs = [program for programs in groups.values() for program in programs]
    names = [program.name for program in programs]
    assert len(set(names)) == len(names), f"two programs of one name in {names}: all lie in /bench"
    subprocess.run([ROOT / "scripts" / "make-initramfs", *tree, initrd, *programs, *shared], check=True)
    return initrd
