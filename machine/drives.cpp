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

std::unique_ptr<DiskImage> Drives::open(std::size_t number, const std::string& path, bool read_only) {
    const auto tell = [this](const std::string& line) {
        if (tell_) tell_(line);
    };
    DiskImageOptions options = options_;
    options.read_only = read_only;
    auto image = open_disk_image(path, options);
    auto* overlay = dynamic_cast<OverlayImage*>(image.get());
    auto watched = std::make_unique<WatchedImage>(std::move(image), path, tell);
    opened_ = {number, {path, watched.get(), overlay}};
    return watched;
}

/// The drive has taken what was opened last.
void Drives::note_taken() { places_[opened_.number] = opened_.place; }

std::unique_ptr<DiskImage> Drives::open_floppy(unsigned number, const std::string& path) {
    const bool protects = !options_.discard_writes && may(R_OK, path) && !may(W_OK, path);
    return open(number, path, options_.read_only || protects);
}

template <typename Take>
void Drives::with_floppy(unsigned number, const std::string& path, Take take) {
    auto image = open_floppy(number, path);
    try {
        take(std::move(image));
    } catch (const std::runtime_error& error) {
        refuse(fmt::format("disk image '{}': {}", path, error.what()));
    }
    note_taken();
}

void Drives::add_floppy_drive(const MachineConfig& config, unsigned number) {
    const auto& path = config.floppies[number];
    const FloppyDriveType* type = floppy_drive_by_code(config.floppy_types[number]);
    if (!path) return;
    if (path->empty()) return fdc_.add_drive(number, nullptr, type);
    with_floppy(number, *path, [&](auto image) { fdc_.add_drive(number, std::move(image), type); });
}

void Drives::add_drive(const MachineConfig& config, unsigned number) {
    const MachineConfig::Drive& drive = config.drives[number];
    const unsigned channel = number / 2, place = number % 2;
    if (drive.path.empty() && !drive.cdrom) return;
    std::unique_ptr<DiskImage> image;
    if (!drive.path.empty()) {
        image = open(first_ide + number, drive.path, drive.cdrom || options_.read_only);
        note_taken();
    }
    if (drive.cdrom)
        cdroms_[number] = &ide_.add_cdrom(channel, place, std::move(image));
    else
        disks_[number] = &ide_.add_disk(channel, place, std::move(image));
}

int Drives::floppy_drive(const std::string& name) const {
    const std::size_t number = place_of(floppy_names, name);
    return number < floppy_names.size() && fdc_.drive_type(static_cast<unsigned>(number))
               ? static_cast<int>(number)
               : -1;
}

unsigned Drives::cdrom_drive(const std::string& name) const {
    const auto any = std::ranges::find_if(cdroms_, [](const AtapiCdrom* drive) { return drive; });
    std::size_t place = place_of(place_names, name);
    if (name == "cdrom") place = static_cast<std::size_t>(any - cdroms_.begin());
    if (place >= cdroms_.size() || !cdroms_[place])
        refuse(fmt::format("there is no drive \"{}\" with a removable medium", name));
    return static_cast<unsigned>(place);
}

bool Drives::lies_in(unsigned number, const std::string& path) const {
    std::error_code none;
    return fdc_.has_disk(number) && std::filesystem::equivalent(places_[number].path, path, none);
}

/// The disk that is in the drive has to be taken out before it can be put in again.
void Drives::insert_floppy(unsigned number, const std::string& path) {
    if (lies_in(number, path)) take_out(number);
    with_floppy(number, path, [&](auto image) { fdc_.insert(number, std::move(image)); });
}

void Drives::insert_cd(unsigned number, const std::string& path) {
    cdroms_[number]->insert(open(first_ide + number, path, true));
    note_taken();
}

/// Of a drive with a removable medium.
void Drives::take_out(std::size_t number) {
    if (number < first_ide)
        fdc_.insert(static_cast<unsigned>(number), nullptr);
    else
        cdroms_[number - first_ide]->insert(nullptr);
    places_[number] = {};
}

void Drives::change(const std::string& drive, const std::string& path, Tray tray) {
    const int floppy = floppy_drive(drive);
    if (floppy >= 0) return insert_floppy(static_cast<unsigned>(floppy), path);
    const unsigned number = cdrom_drive(drive);
    if (cdroms_[number]->locked() && tray == Tray::respect_lock)
        refuse(fmt::format("the guest has locked the tray of \"{}\" (-f changes the medium all the same)",
                           drive));
    insert_cd(number, path);
}

void Drives::eject(const std::string& drive, Tray tray) {
    const int floppy = floppy_drive(drive);
    if (floppy >= 0) return take_out(static_cast<std::size_t>(floppy));
    const unsigned number = cdrom_drive(drive);
    if (cdroms_[number]->locked() && tray == Tray::respect_lock)
        cdroms_[number]->request_eject();
    else
        take_out(first_ide + number);
}

}  // namespace calque
