// The trace file: frames, each compressed by itself, and an index at the end.
//
// "CalqTrc" and the version's byte; then frames, each behind a header of 40 bytes; then the index and, in the
// last 16 bytes, where it stands. A file without its end is one that was cut: what whole frames there are can
// be read. All numbers are little endian.
#pragma once

#include "frontend/host_file.hpp"
#include "frontend/trace/frame.hpp"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace calque::trace {

inline constexpr std::uint8_t format_version = 1;

/// A frame as it stands in the file.
struct StoredFrame {
    FrameHeader header;
    Bytes bytes;  ///< compressed: the registers at its start, and Frame::bytes
};

StoredFrame store_frame(const Frame& frame);

/// Keeps compressed frames.
class FrameSink {
public:
    virtual ~FrameSink() = default;
    virtual void take(StoredFrame frame) = 0;
    /// No more frames. Throws UsageError if the host does not take the file.
    virtual void finish() = 0;
};

/// Writes each frame at once. What the host refuses is reported by finish().
class FileSink final : public FrameSink {
public:
    /// Throws UsageError if the file cannot be made.
    explicit FileSink(const std::string& path);
    void take(StoredFrame frame) override;
    void finish() override;

private:
    void write(std::span<const std::uint8_t> bytes);

    std::string path_;
    HostFile file_;
    std::uint64_t offset_ = 0;
    struct Place {
        std::uint64_t offset;
        FrameHeader header;
    };
    std::vector<Place> places_;
    int error_ = 0;
};

/// Keeps the last frames in memory, and writes those that hold the last `instructions` at the end.
class RingSink final : public FrameSink {
public:
    RingSink(const std::string& path, std::uint64_t instructions)
        : file_(path), instructions_(instructions) {}
    void take(StoredFrame frame) override;
    void finish() override;

private:
    FileSink file_;
    std::uint64_t instructions_;
    std::deque<StoredFrame> frames_;
};

/// A trace file for reading.
class TraceFile {
public:
    /// Throws UsageError that names the file if it cannot be read or is no trace.
    explicit TraceFile(const std::string& path);

    /// Whether its end is missing.
    bool cut() const { return cut_; }
    std::size_t frames() const { return places_.size(); }
    const FrameHeader& header(std::size_t frame) const { return places_[frame].header; }
    /// Counts of instructions retired before it, and before what comes behind it; 0 for one without frames.
    std::uint64_t first() const { return places_.empty() ? 0 : places_.front().header.first; }
    std::uint64_t end() const { return places_.empty() ? 0 : places_.back().header.end; }
    std::uint64_t bytes() const { return size_; }
    /// Throws UsageError if it is damaged.
    Frame load(std::size_t number) const;
    const std::string& path() const { return path_; }

private:
    struct Place {
        std::uint64_t offset = 0;  ///< of the compressed bytes
        std::uint64_t size = 0;
        FrameHeader header;
    };

    [[noreturn]] void refuse(const char* why) const;
    Bytes read(std::uint64_t offset, std::uint64_t size) const;
    bool read_index();
    void scan();
    bool read_place(std::uint64_t offset, Place& place) const;

    std::string path_;
    HostFile file_;
    std::uint64_t size_ = 0;
    std::vector<Place> places_;
    bool cut_ = false;
};

}  // namespace calque::trace
