// What lies in the drives, for saved states.
#include "machine/drives.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>

namespace calque {

namespace {

constexpr std::array<const char*, Drives::place_count> names{"fda", "fdb", "hda", "hdb", "hdc", "hdd"};

[[noreturn]] void refuse(const std::string& line) { throw std::runtime_error(line); }

std::string absolute(const std::string& path) { return std::filesystem::absolute(path).string(); }

std::int64_t modification_time(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return 0;
    return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

}  // namespace

Drives::Media Drives::media() {
    Media media;
    for (std::size_t number = 0; number < place_count; ++number) {
        const Place& place = places_[number];
        if (place.path.empty()) continue;
        if (const std::error_code error = place.image->flush())
            refuse(fmt::format("disk image '{}' cannot be flushed: {}", place.path, error.message()));
        Medium& medium = media[number];
        medium = {.path = absolute(place.path),
                  .sectors = sectors_of(place),
                  .modified = modification_time(place.path),
                  .discards = place.overlay != nullptr,
                  .grown_to = place.image->sector_count(),
                  .written = {}};
        if (place.overlay) medium.written = place.overlay->written();
    }
    return media;
}

bool Drives::is_removable(std::size_t number) const {
    return number < first_ide || cdroms_[number - first_ide];
}

std::uint64_t Drives::sectors_of(const Place& place) {
    return place.overlay ? place.overlay->base_sector_count() : place.image->sector_count();
}

void Drives::check_size(const Place& place, const Medium& medium) {
    if (const std::uint64_t sectors = sectors_of(place); sectors != medium.sectors)
        refuse(fmt::format("disk image '{}' has {} sectors; that of the saved state had {}", place.path,
                           sectors, medium.sectors));
}

void Drives::check(std::size_t number, const Medium& medium) const {
    const Place& place = places_[number];
    const bool stays = !place.path.empty() && (!is_removable(number) || absolute(place.path) == medium.path);
    if (medium.path.empty() && !is_removable(number) && !place.path.empty())
        refuse(fmt::format("the saved state has no {}", names[number]));
    if (medium.path.empty()) return;
    if (!stays && !is_removable(number))
        refuse(fmt::format("the saved state has a disk {} ({})", names[number], medium.path));
    if (stays) check_size(place, medium);
    if (stays && medium.discards && !place.overlay)
        refuse(
            fmt::format("{}: the saved state keeps what was written, this machine does not", names[number]));
}

void Drives::check(const Media& media) {
    for (std::size_t number = 0; number < place_count; ++number) check(number, media[number]);
}

void Drives::put_back(std::size_t number, const Medium& medium) {
    const bool same =
        places_[number].path.empty() ? medium.path.empty() : absolute(places_[number].path) == medium.path;
    if (!same && is_removable(number)) {
        if (medium.path.empty()) return take_out(number);
        if (number < first_ide)
            insert_floppy(static_cast<unsigned>(number), medium.path);
        else
            insert_cd(static_cast<unsigned>(number - first_ide), medium.path);
    }
    const Place& place = places_[number];
    if (place.path.empty()) return;
    check_size(place, medium);
    if (place.overlay) place.overlay->restore(medium.grown_to, medium.written);
    if (medium.modified != modification_time(place.path) && tell_)
        tell_(fmt::format("disk image '{}' was written to after the state was saved: the guest does not know",
                          place.path));
}

void Drives::put_back(const Media& media) {
    // A disk that was in the other drive is locked as long as it lies in this one.
    for (unsigned number = 0; number < first_ide; ++number)
        if (lies_in(number, media[first_ide - 1 - number].path)) take_out(number);
    for (std::size_t number = 0; number < place_count; ++number) put_back(number, media[number]);
}

void Drives::add_media_to(MachineConfig& config) const {
    const auto path_of = [this](std::size_t number) {
        const std::string& path = places_[number].path;
        return path.empty() ? path : absolute(path);
    };
    for (unsigned number = 0; number < config.floppies.size(); ++number) {
        const FloppyDriveType* type = fdc_.drive_type(number);
        if (!type) continue;
        config.floppies[number] = path_of(number);
        config.floppy_types[number] = type->cmos_code;
    }
    for (std::size_t number = 0; number < config.drives.size(); ++number)
        config.drives[number].path = path_of(first_ide + number);
}

}  // namespace calque
