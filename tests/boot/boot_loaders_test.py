#!/usr/bin/python3
"""Boot loaders on media made as their users make them: SYSLINUX on floppy and hard disk, ISOLINUX on a CD."""

import pathlib
import shutil
import struct
import subprocess
import unittest

import harness

MODULES = pathlib.Path("/usr/lib/syslinux/modules/bios")  # of Debian's syslinux-common
MBR = pathlib.Path("/usr/lib/SYSLINUX/mbr.bin")  # of Debian's syslinux
ISOLINUX = pathlib.Path("/usr/lib/ISOLINUX/isolinux.bin")  # of Debian's isolinux
MEGABYTE = 1 << 20
SECTOR = 512


def has(*needed):
    lacking = [str(name) for name in needed if not (name.exists() if isinstance(name, pathlib.Path) else shutil.which(name))]
    return unittest.skipIf(lacking, f"{', '.join(lacking)}: not there")


def tool(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


def address(number, heads=16, sectors=63):
    """Head, sector and cylinder as a partition table holds them."""
    cylinder = number // (heads * sectors)
    return bytes([number // sectors % heads, number % sectors + 1 | cylinder >> 8 << 6, cylinder & 0xFF])


def partition(kind, first, count):
    return struct.pack("<B3sB3sII", 0x80, address(first), kind, address(first + count - 1), first, count)


class BootLoaders(harness.MachineTest):
    def config(self, name, *lines):
        path = self.folder / name
        path.write_text("\n".join(["serial 0 115200", "prompt 1", "timeout 10", *lines, ""]))
        return path

    def linux_config(self, name):
        words = "console=ttyS0 mitigations=off quiet cryptomgr.notests"
        return self.config(name, "default linux", "label linux", "linux vmlinuz", "initrd initrd.gz", f"append {words}")

    def linux_files(self):
        """(where they are, what the loader calls them)"""
        return [(harness.Setting.guest / "vmlinuz-686", "vmlinuz"), (harness.Setting.build / "guest" / "initrd.gz", "initrd.gz")]

    def reaches_shell(self, *options):
        with harness.Guest("--memory", "128M", "--read-only", *options) as guest:
            guest.expect("LINUX 6")
            guest.expect("calque: ready")
            self.assertIn("6.1", guest.run("uname -r")[0])

    @has("syslinux", "mformat", MODULES)
    def test_syslinux_loads_a_multiboot_program_from_a_floppy_disk(self):
        image = self.folder / "floppy.img"
        image.write_bytes(bytes(2880 * SECTOR))
        tool("mformat", "-i", image, "-f", "1440", "::")
        tool("syslinux", "--install", image)
        config = self.config("syslinux.cfg", "default check", "label check", "kernel mboot.c32", "append check.bin one two")
        check = harness.Setting.build / "roms" / "multiboot_check.bin"
        tool("mcopy", "-i", image, config, MODULES / "mboot.c32", MODULES / "libcom32.c32", check, "::")
        tool("mren", "-i", image, "::multiboot_check.bin", "check.bin")
        options = ["--fda", image, "--serial", "none", "--debugcon", "stdio", "--exit-port", "0xf4", "--memory", "64M"]
        done = harness.run(*options)
        self.assertEqual(done.stderr, b"")
        self.assertRegex(done.stdout, rb"command line: [^\n]*check.bin one two\nmap: 00000000 ")

    @has("syslinux", "mformat", MBR)
    def test_syslinux_boots_linux_from_a_partition_with_fat32(self):
        image, start, size = self.folder / "disk.img", MEGABYTE // SECTOR, 64 * MEGABYTE // SECTOR
        size -= size % (16 * 63)
        table = partition(0x0C, start, size - start) + bytes(48) + b"\x55\xAA"
        with image.open("wb") as file:
            file.truncate(size * SECTOR)
            file.write(MBR.read_bytes().ljust(446, b"\0") + table)
        volume = f"{image}@@{MEGABYTE}"
        tool("mformat", "-i", volume, "-F", "-T", size - start, "-h", 16, "-s", 63, "::")
        tool("syslinux", "--install", "--offset", MEGABYTE, image)
        tool("mcopy", "-i", volume, self.linux_config("syslinux.cfg"), "::")
        for path, name in self.linux_files():
            tool("mcopy", "-i", volume, path, f"::{name}")
        self.reaches_shell("--hda", image)

    @has("xorriso", ISOLINUX, MODULES)
    def test_isolinux_boots_linux_from_a_cd(self):
        tree, image = self.folder / "tree", self.folder / "cd.iso"
        tree.mkdir()
        for path, name in [(ISOLINUX, ISOLINUX.name), (MODULES / "ldlinux.c32", "ldlinux.c32"), *self.linux_files(),
                           (self.linux_config("isolinux.cfg"), "isolinux.cfg")]:
            shutil.copy(path, tree / name)
        boot = ["-b", ISOLINUX.name, "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"]
        tool("xorriso", "-report_about", "WARNING", "-as", "mkisofs", "-quiet", "-o", image, *boot, tree)
        self.reaches_shell("--cdrom", image)


harness.main()
