// What a saved state remembers of the media in the drives: which they are, and what was kept in memory of
// them.
#pragma once

#include "devices/disk_image_overlay.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace calque {

/// The medium in one drive. The image's content is not part of it, but for what `--discard-writes` holds.
struct Medium {
    using Written = std::map<std::uint64_t, OverlayImage::Sector>;

    std::string path;           ///< empty: none
    std::uint64_t sectors = 0;  ///< of the image
    std::int64_t modified = 0;  ///< when the file was last written, in nanoseconds of the host's clock
    bool discards = false;      ///< what follows counts
    std::uint64_t grown_to = 0;
    Written written;
};

template <typename Archive>
void describe(Archive& archive, Medium& medium) {
    archive("path", medium.path);
    archive("sectors", medium.sectors);
    archive("modified", medium.modified);
    archive("discards", medium.discards);
    archive("grown_to", medium.grown_to);
    std::size_t left = archive.count("written", medium.written.size());
    if (left == medium.written.size() && left > 0) {
        for (auto& [number, sector] : medium.written) {
            std::uint64_t place = number;
            archive("number", place);
            archive("sector", sector);
        }
        return;
    }
    for (; left > 0; --left) {
        std::uint64_t place = 0;
        archive("number", place);
        archive("sector", medium.written[place]);
    }
}

}  // namespace calque
