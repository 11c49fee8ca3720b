// Drives by name, and their images.
#include "machine/drives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace calque {
namespace {

constexpr std::array floppy_names{"fda", "fdb"};
constexpr std::array place_names{"hda", "hdb", "hdc", "hdd"};

[[noreturn]] void refuse(const std::string& line) { throw std::runtime_error(line); }

/// By the rights that opening goes by.
bool may(int access, const std::string& path) {
    return ::faccessat(AT_FDCWD, path.c_str(), access, AT_EACCESS) == 0;
}

template <std::size_t N>
std::size_t place_of(const std::array<const char*, N>& names, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

}  // namespace

Drives::Drives(const MachineConfig& config, Chips& chips)
    : fdc_(chips.fdc),
      ide_(chips.ide),
      options_{.read_only = config.read_only, .discard_writes = config.discard_writes} {
    for (unsigned number = 0; number < config.floppies.size(); ++number) add_floppy_drive(config, number);
    for (unsigned number = 0; number < config.drives.size(); ++number) add_drive(config, number);
}

std::unique_ptr<DiskImage> Drives::open(const std::string& path, bool read_only) {
    const auto tell = [this](const std::string& line) {
        if (tell_) tell_(line);
    };
    DiskImageOptions options = options_;
    options.read_only = read_only;
    return std::make_unique<WatchedImage>(open_disk_image(path, options), path, tell);
}

std::unique_ptr<DiskImage> Drives::open_floppy(const std::string& path) {
    const bool protects = !options_.discard_writes && may(R_OK, path) && !may(W_OK, path);
    return open(path, options_.read_only || protects);
}

void Drives::add_floppy_drive(const MachineConfig& config, unsigned number) {
    const auto& path = config.floppies[number];
    if (!path) return;
    if (path->empty()) return fdc_.add_drive(number, nullptr);
    auto image = open_floppy(*path);
    try {
        fdc_.add_drive(number, std::move(image));
        floppy_paths_[number] = *path;
    } catch (const std::runtime_error& error) {
        refuse(fmt::format("disk image '{}': {}", *path, error.what()));
    }
}

void Drives::add_drive(const MachineConfig& config, unsigned number) {
    const MachineConfig::Drive& drive = config.drives[number];
    const unsigned channel = number / 2, place = number % 2;
    if (drive.cdrom)
        cdroms_[number] = &ide_.add_cdrom(channel, place, drive.path.empty() ? nullptr : open_cd(drive.path));
    else if (!drive.path.empty())
        disks_[number] = &ide_.add_disk(channel, place, open_disk(drive.path));
}

int Drives::floppy_drive(const std::string& name) const {
    const std::size_t number = place_of(floppy_names, name);
    return number < floppy_names.size() && fdc_.drive_type(static_cast<unsigned>(number))
               ? static_cast<int>(number)
               : -1;
}

AtapiCdrom& Drives::cdrom_drive(const std::string& name) const {
    const auto any = std::ranges::find_if(cdroms_, [](const AtapiCdrom* drive) { return drive; });
    const std::size_t place = place_of(place_names, name);
    AtapiCdrom* drive = place < cdroms_.size() ? cdroms_[place] : nullptr;
    if (name == "cdrom" && any != cdroms_.end()) drive = *any;
    if (!drive) refuse(fmt::format("there is no drive \"{}\" with a removable medium", name));
    return *drive;
}

bool Drives::lies_in(unsigned number, const std::string& path) const {
    std::error_code none;
    return fdc_.has_disk(number) && std::filesystem::equivalent(floppy_paths_[number], path, none);
}

/// The disk that is in the drive has to be taken out before it can be put in again.
void Drives::insert_floppy(unsigned number, const std::string& path) {
    if (lies_in(number, path)) fdc_.insert(number, nullptr);
    auto image = open_floppy(path);
    try {
        fdc_.insert(number, std::move(image));
        floppy_paths_[number] = path;
    } catch (const std::runtime_error& error) {
        refuse(fmt::format("disk image '{}': {}", path, error.what()));
    }
}

void Drives::change(const std::string& drive, const std::string& path, Tray tray) {
    const int floppy = floppy_drive(drive);
    if (floppy >= 0) return insert_floppy(static_cast<unsigned>(floppy), path);
    AtapiCdrom& cdrom = cdrom_drive(drive);
    if (cdrom.locked() && tray == Tray::respect_lock)
        refuse(fmt::format("the guest has locked the tray of \"{}\" (-f changes the medium all the same)",
                           drive));
    cdrom.insert(open_cd(path));
}

void Drives::eject(const std::string& drive, Tray tray) {
    const int floppy = floppy_drive(drive);
    if (floppy >= 0) return fdc_.insert(static_cast<unsigned>(floppy), nullptr);
    AtapiCdrom& cdrom = cdrom_drive(drive);
    if (cdrom.locked() && tray == Tray::respect_lock)
        cdrom.request_eject();
    else
        cdrom.insert(nullptr);
}

}  // namespace calque
