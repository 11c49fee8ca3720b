// Bochs takes no kernel: it gets a CD with ISOLINUX. The ROM of single operations speaks to it through port
// E9h.
#include "frontend/bench/bochs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>

namespace calque::bench {
namespace {

using std::chrono::seconds;

constexpr std::array loaders{"/usr/lib/ISOLINUX/isolinux.bin", "/usr/share/syslinux/isolinux.bin",
                             "/usr/lib/syslinux/bios/isolinux.bin"};
constexpr std::array loader_modules{"/usr/lib/syslinux/modules/bios/ldlinux.c32",
                                    "/usr/share/syslinux/ldlinux.c32", "/usr/lib/syslinux/bios/ldlinux.c32"};

std::string find_file(std::span<const char* const> places, const char* package) {
    for (const char* place : places)
        if (std::filesystem::exists(place)) return place;
    throw std::runtime_error(fmt::format("there is no {} here (Debian: {})", places.front(), package));
}

/// One with a debugger stops in it, and is told to go on.
bool has_debugger() {
    bool has_orders = false;
    run_child({"bochs", "--help"}, {seconds(10)}, [&](std::string_view line, double) {
        has_orders |= line.find("-rc ") != std::string_view::npos;
        return Heard::nothing;
    });
    return has_orders;
}

/// Returns the image's name.
std::string make_cd(const Load& load, const TemporaryFolder& folder) {
    if (find_program("xorriso").empty())
        throw std::runtime_error("there is no xorriso here, to make a CD with (Debian has it)");
    const std::string loader = find_file(loaders, "isolinux");
    const std::string module = find_file(loader_modules, "syslinux-common");
    const std::string settings = folder.file("isolinux.cfg"), image = folder.file("linux.iso");
    std::ofstream(settings) << "default linux\nprompt 0\nlabel linux\n  linux vmlinuz\n  initrd initrd.gz\n"
                            << "  append " << load.append << "\n";
    const ChildEnd end = run_child({"xorriso",
                                    "-report_about",
                                    "WARNING",
                                    "-as",
                                    "mkisofs",
                                    "-quiet",
                                    "-o",
                                    image,
                                    "-b",
                                    "isolinux.bin",
                                    "-c",
                                    "boot.cat",
                                    "-no-emul-boot",
                                    "-boot-load-size",
                                    "4",
                                    "-boot-info-table",
                                    "-graft-points",
                                    "isolinux.bin=" + loader,
                                    "ldlinux.c32=" + module,
                                    "isolinux.cfg=" + settings,
                                    "vmlinuz=" + load.kernel,
                                    "initrd.gz=" + load.initrd},
                                   {seconds(300)}, [](std::string_view, double) { return Heard::nothing; });
    if (end.status != 0) throw std::runtime_error(fmt::format("xorriso: {}", end.last_words));
    return image;
}

}  // namespace

Command bochs_command(const Load& load, int instruction_ns, const TemporaryFolder& folder) {
    const std::string settings = folder.file("bochsrc"), orders = folder.file("bochs-orders");
    std::ofstream file(settings);
    file << "megs: " << guest_megabytes << "\n"
         << "cpu: ips=" << 1'000'000'000 / instruction_ns << "\n"
         << "cpuid: simd=sse4_2, aes=1, sha=1\n"
         << "display_library: rfb, options=\"timeout=0\"\n"
         << "log: " << folder.file("bochs.log") << "\n";
    if (load.kernel.empty())
        file << "romimage: file=" << load.rom << "\n"
             << "port_e9_hack: enabled=1\n";
    else
        file << "romimage: file=$BXSHARE/BIOS-bochs-latest, options=fastboot\n"
             << "vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest\n"
             << "boot: cdrom\n"
             << "ata0-master: type=cdrom, path=\"" << make_cd(load, folder) << "\", status=inserted\n"
             << "com1: enabled=1, mode=file, dev=/dev/stdout\n";
    file.close();
    Command command{"bochs", "-q", "-f", settings};
    if (has_debugger()) {
        std::ofstream(orders) << "c\n";
        command.insert(command.end(), {"-rc", orders});
    }
    return command;
}

}  // namespace calque::bench
