// Streams of zstd, and a file that appears whole or not at all.
#include "machine/byte_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>
#include <utility>
#include <zstd.h>

namespace calque {

namespace {

/// Guest memory compresses well even so, and nobody likes to wait.
constexpr int level = 1;

[[noreturn]] void refuse(const char* why) { throw std::runtime_error(why); }
[[noreturn]] void refuse_errno() { refuse(std::strerror(errno)); }

void write_all(int descriptor, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) refuse_errno();
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

void set_parameters(ZSTD_CCtx* context) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
}

void sync_folder(const std::string& path) {
    const auto folder = std::filesystem::absolute(path).parent_path();
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

struct CompressedFile::Frame {
    Frame() : context(ZSTD_createCCtx()), room(ZSTD_CStreamOutSize()) {
        if (!context) refuse("out of memory");
        set_parameters(context);
    }
    ~Frame() { ZSTD_freeCCtx(context); }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    ZSTD_CCtx* context;
    std::vector<std::uint8_t> room;
};

CompressedFile::CompressedFile(const std::string& path, std::span<const std::uint8_t> header)
    : path_(path),
      temporary_(fmt::format("{}.{}.part", path, ::getpid())),
      descriptor_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) refuse_errno();
    frame_ = std::make_unique<Frame>();
    write_out(header);
}

CompressedFile::~CompressedFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    std::remove(temporary_.c_str());
}

void CompressedFile::write_out(std::span<const std::uint8_t> bytes) { write_all(descriptor_, bytes); }

void CompressedFile::compress(std::span<const std::uint8_t> bytes, bool last) {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    for (;;) {
        ZSTD_outBuffer output{frame_->room.data(), frame_->room.size(), 0};
        const std::size_t left =
            ZSTD_compressStream2(frame_->context, &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left)) refuse(ZSTD_getErrorName(left));
        write_out(std::span(frame_->room).first(output.pos));
        if (last ? left == 0 : input.pos == input.size) return;
    }
}

void CompressedFile::write(std::span<const std::uint8_t> bytes) { compress(bytes, false); }

void CompressedFile::commit() {
    compress({}, true);
    if (::fsync(descriptor_) != 0) refuse_errno();
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) refuse_errno();
    ::close(std::exchange(descriptor_, -1));
    sync_folder(path_);
}

FrameAppender::FrameAppender(const std::string& path)
    : descriptor_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {
    if (descriptor_ < 0) refuse_errno();
}

FrameAppender::~FrameAppender() { ::close(descriptor_); }

// By one write(), so that what is killed leaves whole frames.
void FrameAppender::append(std::span<const std::uint8_t> bytes) const {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    if (!context) refuse("out of memory");
    set_parameters(context.get());
    std::vector<std::uint8_t> frame(ZSTD_compressBound(bytes.size()));
    const std::size_t size =
        ZSTD_compress2(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size)) refuse(ZSTD_getErrorName(size));
    write_all(descriptor_, std::span(frame).first(size));
}

void FrameAppender::sync() const {
    if (::fsync(descriptor_) != 0) refuse_errno();
}

struct DecompressedFile::Frame {
    Frame() : context(ZSTD_createDCtx()), room(ZSTD_DStreamInSize()) {
        if (!context) refuse("out of memory");
    }
    ~Frame() { ZSTD_freeDCtx(context); }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    ZSTD_DCtx* context;
    std::vector<std::uint8_t> room;
    ZSTD_inBuffer input{nullptr, 0, 0};
    bool ended = false;
};

DecompressedFile::DecompressedFile(const std::string& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) refuse_errno();
    frame_ = std::make_unique<Frame>();
}

DecompressedFile::~DecompressedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t DecompressedFile::read_in(std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::read(descriptor_, bytes.data() + done, bytes.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) refuse_errno();
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

std::vector<std::uint8_t> DecompressedFile::read_header(std::size_t size) {
    std::vector<std::uint8_t> header(size);
    header.resize(read_in(header));
    return header;
}

/// How many bytes there were.
std::size_t DecompressedFile::decompress(std::span<std::uint8_t> bytes) {
    ZSTD_inBuffer& input = frame_->input;
    ZSTD_outBuffer output{bytes.data(), bytes.size(), 0};
    while (!frame_->ended && output.pos < output.size) {
        if (input.pos == input.size) input = {frame_->room.data(), read_in(frame_->room), 0};
        const std::size_t before = output.pos;
        const std::size_t left = ZSTD_decompressStream(frame_->context, &output, &input);
        if (ZSTD_isError(left)) refuse("is damaged");
        frame_->ended = left == 0;
        if (input.size == 0 && output.pos == before && !frame_->ended) refuse("is cut off");
    }
    return output.pos;
}

void DecompressedFile::read(std::span<std::uint8_t> bytes) {
    if (decompress(bytes) != bytes.size()) refuse("is damaged: it is shorter than it should be");
}

// The checksum comes behind the last byte.
void DecompressedFile::end_frame() {
    std::uint8_t more = 0;
    if (decompress({&more, 1}) != 0) refuse("is damaged: it is longer than it should be");
}

bool DecompressedFile::next_frame() {
    end_frame();
    ZSTD_inBuffer& input = frame_->input;
    if (input.pos == input.size) input = {frame_->room.data(), read_in(frame_->room), 0};
    frame_->ended = input.size == 0;
    return !frame_->ended;
}

void DecompressedFile::finish() {
    if (next_frame()) refuse("is damaged: it is longer than it should be");
}

void PlainBytes::read(std::span<std::uint8_t> bytes) {
    if (bytes.size() > rest_.size()) refuse("is cut off");
    std::ranges::copy(rest_.first(bytes.size()), bytes.begin());
    rest_ = rest_.subspan(bytes.size());
}

void PlainBytes::finish() {
    if (!rest_.empty()) refuse("is damaged: it is longer than it should be");
}

}  // namespace calque
