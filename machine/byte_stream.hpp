// Bytes on their way into and out of a compressed file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace calque {

class ByteSink {
public:
    virtual ~ByteSink() = default;
    virtual void write(std::span<const std::uint8_t> bytes) = 0;
};

class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// Fills `bytes`. Throws std::runtime_error, one line, if there are not so many left.
    virtual void read(std::span<std::uint8_t> bytes) = 0;
    /// Throws likewise unless everything has been read.
    virtual void finish() = 0;
};

/// A new file that holds `header` and what is written, as one frame of zstd with a checksum. What throws,
/// throws std::runtime_error without the file's name, as for the other files here.
class CompressedFile final : public ByteSink {
public:
    /// `path` gets its name by commit(); until then, and if there is none, there is a file beside it at most.
    CompressedFile(const std::string& path, std::span<const std::uint8_t> header);
    ~CompressedFile() override;
    CompressedFile(const CompressedFile&) = delete;
    CompressedFile& operator=(const CompressedFile&) = delete;

    void write(std::span<const std::uint8_t> bytes) override;
    /// It is whole: brings it to the host's disk and gives it its name.
    void commit();

private:
    struct Frame;
    void compress(std::span<const std::uint8_t> bytes, bool last);
    void write_out(std::span<const std::uint8_t> bytes);

    std::string path_, temporary_;
    int descriptor_;
    std::unique_ptr<Frame> frame_;
};

/// More frames, each by itself, behind what such a file holds.
class FrameAppender {
public:
    explicit FrameAppender(const std::string& path);
    ~FrameAppender();
    FrameAppender(const FrameAppender&) = delete;
    FrameAppender& operator=(const FrameAppender&) = delete;

    void append(std::span<const std::uint8_t> bytes) const;
    /// Brings it to the host's disk.
    void sync() const;

private:
    int descriptor_;
};

/// Such a file, read.
class DecompressedFile final : public ByteSource {
public:
    explicit DecompressedFile(const std::string& path);
    ~DecompressedFile() override;
    DecompressedFile(const DecompressedFile&) = delete;
    DecompressedFile& operator=(const DecompressedFile&) = delete;

    /// What stands in front of the frame: as much of `size` bytes as there is. To be called once, first.
    std::vector<std::uint8_t> read_header(std::size_t size);
    void read(std::span<std::uint8_t> bytes) override;
    void finish() override;
    /// The frame has been read: goes on to the next one. False: there is none.
    bool next_frame();

private:
    struct Frame;
    void end_frame();
    std::size_t read_in(std::span<std::uint8_t> bytes);
    std::size_t decompress(std::span<std::uint8_t> bytes);

    int descriptor_;
    std::unique_ptr<Frame> frame_;
};

class PlainBytes final : public ByteSource {
public:
    explicit PlainBytes(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
    void read(std::span<std::uint8_t> bytes) override;
    void finish() override;

private:
    std::span<const std::uint8_t> rest_;
};

}  // namespace calque
