// Finds the frames of a trace file.
#include "frontend/trace/container.hpp"
#include "frontend/trace/container_layout.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

namespace calque::trace {

void TraceFile::refuse(const char* why) const { throw UsageError(fmt::format("{}: {}", path_, why)); }

TraceFile::TraceFile(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status {};
    if (!file_.is_open() || ::fstat(file_.descriptor(), &status) != 0) refuse(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) refuse("is no file");
    size_ = static_cast<std::uint64_t>(status.st_size);
    if (size_ < file_header_size) refuse("is no trace of Calque");
    const Bytes header = read(0, file_header_size);
    if (!std::equal(file_magic, file_magic + 7, header.begin())) refuse("is no trace of Calque");
    if (header[7] != format_version)
        throw UsageError(
            fmt::format("{}: is a trace in format {}, not {}", path_, header[7], format_version));
    if (!read_index()) {
        places_.clear();
        cut_ = true;
        scan();
    }
}

Bytes TraceFile::read(std::uint64_t offset, std::uint64_t size) const {
    Bytes bytes(size);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got =
            ::pread(file_.descriptor(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse(std::strerror(errno));
        if (got == 0) refuse("ends while it is read");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

/// False: there is no whole frame here.
bool TraceFile::read_place(std::uint64_t offset, Place& place) const {
    if (offset < file_header_size || offset > size_ || size_ - offset < frame_header_size) return false;
    const Bytes bytes = read(offset, frame_header_size);
    ByteReader header(bytes);
    if (header.fixed(4) != frame_magic) return false;
    place.size = header.fixed(4);
    place.offset = offset + frame_header_size;
    if (header.fixed(8) != offset || place.size > size_ - place.offset) return false;
    place.header.first = header.fixed(8);
    place.header.end = header.fixed(8);
    place.header.records = header.fixed(8);
    return place.header.first <= place.header.end;
}

/// False: the file was cut, or its end is damaged.
bool TraceFile::read_index() {
    if (size_ < file_header_size + 8 + trailer_size) return false;
    const Bytes trailer = read(size_ - trailer_size, trailer_size);
    if (!std::equal(end_magic, end_magic + 7, trailer.begin() + 8)) return false;
    const std::uint64_t offset = ByteReader(trailer).fixed(8);
    if (offset < file_header_size || offset > size_ - trailer_size - 8) return false;
    const Bytes bytes = read(offset, size_ - trailer_size - offset);
    ByteReader index(bytes);
    if (index.fixed(4) != index_magic || index.fixed(4) * 8 + 8 != bytes.size()) return false;
    while (!index.at_end()) {
        Place place;
        if (!read_place(index.fixed(8), place)) return false;
        places_.push_back(place);
    }
    return true;
}

void TraceFile::scan() {
    Place place;
    for (std::uint64_t offset = file_header_size; read_place(offset, place);
         offset = place.offset + place.size)
        places_.push_back(place);
}

Frame TraceFile::load(std::size_t number) const {
    const Place& place = places_[number];
    const Bytes stored = read(place.offset, place.size);
    const auto size = ZSTD_getFrameContentSize(stored.data(), stored.size());
    constexpr std::uint64_t at_start = register_count * 8;
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size < at_start ||
        size > largest_frame_bytes)
        refuse("has a damaged frame");
    Bytes whole(size);
    const std::size_t got = ZSTD_decompress(whole.data(), whole.size(), stored.data(), stored.size());
    if (ZSTD_isError(got) || got != size) refuse("has a damaged frame");
    ByteReader reader(whole);
    Frame frame{.header = place.header};
    for (std::uint64_t& value : frame.registers) value = reader.fixed(8);
    frame.bytes.assign(whole.begin() + at_start, whole.end());
    return frame;
}

}  // namespace calque::trace
