// Compresses frames and writes them.
#include "frontend/trace/container.hpp"
#include "frontend/trace/container_layout.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <unistd.h>
#include <zstd.h>

namespace calque::trace {
namespace {

constexpr int compression_level = 2;

ZSTD_CCtx* context() {
    struct Free {
        void operator()(ZSTD_CCtx* what) const { ZSTD_freeCCtx(what); }
    };
    thread_local const std::unique_ptr<ZSTD_CCtx, Free> one = [] {
        std::unique_ptr<ZSTD_CCtx, Free> made(ZSTD_createCCtx());
        ZSTD_CCtx_setParameter(made.get(), ZSTD_c_compressionLevel, compression_level);
        ZSTD_CCtx_setParameter(made.get(), ZSTD_c_checksumFlag, 1);
        return made;
    }();
    return one.get();
}

Bytes frame_header(const StoredFrame& frame, std::uint64_t offset) {
    Bytes header;
    put_fixed(header, frame_magic, 4);
    put_fixed(header, frame.bytes.size(), 4);
    put_fixed(header, offset, 8);
    put_fixed(header, frame.header.first, 8);
    put_fixed(header, frame.header.end, 8);
    put_fixed(header, frame.header.records, 8);
    return header;
}

}  // namespace

StoredFrame store_frame(const Frame& frame) {
    Bytes whole;
    whole.reserve(register_count * 8 + frame.bytes.size());
    for (const std::uint64_t value : frame.registers) put_fixed(whole, value, 8);
    whole.insert(whole.end(), frame.bytes.begin(), frame.bytes.end());
    StoredFrame stored{frame.header, Bytes(ZSTD_compressBound(whole.size()))};
    const std::size_t size =
        ZSTD_compress2(context(), stored.bytes.data(), stored.bytes.size(), whole.data(), whole.size());
    if (ZSTD_isError(size)) throw UsageError("a frame of the trace could not be compressed");
    stored.bytes.resize(size);
    stored.bytes.shrink_to_fit();
    return stored;
}

FileSink::FileSink(const std::string& path) : path_(path), file_(HostFile::create(path)) {
    Bytes header(file_magic, file_magic + 7);
    header.push_back(format_version);
    write(header);
}

void FileSink::write(std::span<const std::uint8_t> bytes) {
    if (error_ == 0) error_ = file_.write(bytes);
    offset_ += bytes.size();
}

void FileSink::take(StoredFrame frame) {
    places_.push_back({offset_, frame.header});
    write(frame_header(frame, offset_));
    write(frame.bytes);
}

void FileSink::finish() {
    Bytes index;
    put_fixed(index, index_magic, 4);
    put_fixed(index, places_.size(), 4);
    for (const Place& place : places_) put_fixed(index, place.offset, 8);
    put_fixed(index, offset_, 8);
    index.insert(index.end(), end_magic, end_magic + 7);
    index.push_back(format_version);
    write(index);
    if (error_ == 0 && ::fsync(file_.descriptor()) != 0 && errno != EINVAL && errno != EROFS) error_ = errno;
    if (error_) throw UsageError(fmt::format("{}: {}", path_, std::strerror(error_)));
}

void RingSink::take(StoredFrame frame) {
    frames_.push_back(std::move(frame));
    const std::uint64_t end = frames_.back().header.end;
    while (frames_.size() > 1 && frames_[1].header.first + instructions_ <= end) frames_.pop_front();
}

void RingSink::finish() {
    for (StoredFrame& frame : frames_) file_.take(std::move(frame));
    frames_.clear();
    file_.finish();
}

}  // namespace calque::trace
