// qcow2 images: clusters on demand, backing images, compressed clusters, shared ones, bad files.
#include "devices/disk_image_qcow2.hpp"

#include "disk_image_fixture.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <csignal>
#include <fcntl.h>
#include <random>
#include <sys/resource.h>

using namespace calque;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t cluster = 0x1'0000;
constexpr std::uint64_t cluster_sectors = cluster / sector_size;

struct Qcow2Fixture : ImageFixture {
    std::string path = (folder / "disk.qcow2").string();

    Qcow2Fixture() { create(64 << 20); }
    void create(std::uint64_t size) const { write_empty_qcow2(file_of(path), size); }
    static ImageFile file_of(const std::string& name) {
        return ImageFile(::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0666));
    }
    static ImageFile existing(const std::string& name) { return ImageFile(::open(name.c_str(), O_RDWR)); }
    void patch(std::uint64_t offset, std::size_t size, std::uint64_t value) const {
        std::vector<std::uint8_t> bytes(size);
        store_big_endian(bytes, value);
        existing(path).write(offset, bytes);
    }
    std::uint64_t number(std::uint64_t offset, std::size_t size) const {
        std::vector<std::uint8_t> bytes(size);
        existing(path).read(offset, bytes);
        return load_big_endian(bytes);
    }
    void name_backing(const std::string& name) const {
        patch(8, 8, 0x200);
        patch(16, 4, name.size());
        existing(path).write(0x200, std::vector<std::uint8_t>(name.begin(), name.end()));
    }
    std::uint64_t references(std::uint64_t offset) const {
        return number(2 * cluster + offset / cluster * 2, 2);
    }
};

/// As long as it lives no file grows beyond so many bytes.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

std::vector<std::uint8_t> deflated(std::span<const std::uint8_t> bytes) {
    std::vector<std::uint8_t> out(bytes.size() + 1024);
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -12, 9, Z_DEFAULT_STRATEGY);
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: a new image is zeros and small") {
    const auto image = open_disk_image(path);
    CHECK(image->sector_count() == (64 << 20) / sector_size);
    CHECK(image->grow(1 << 20) == std::errc::operation_not_supported);
    CHECK(read(*image, 12345) == std::vector<std::uint8_t>(sector_size));
    CHECK(fs::file_size(path) == 4 * cluster);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: what is written is there when the image is opened again") {
    {
        const auto image = open_disk_image(path);
        CHECK(write(*image, 100, 0x11));
        CHECK(write(*image, 101, 0x22));
        CHECK(write(*image, cluster_sectors - 1, 0x33, 2));
        CHECK_FALSE(image->flush());
    }
    const auto image = open_disk_image(path, {.read_only = true});
    CHECK(read(*image, 99)[0] == 0);
    CHECK(read(*image, 100)[511] == 0x11);
    CHECK(read(*image, 101)[0] == 0x22);
    CHECK(read(*image, 102)[0] == 0);
    CHECK(read(*image, cluster_sectors - 1, 3)[1023] == 0x33);
    CHECK(read(*image, cluster_sectors + 1)[0] == 0);
    CHECK(image->write(0, sector) == std::errc::read_only_file_system);
    CHECK(fs::file_size(path) == 7 * cluster);  // a table and two clusters of data
    for (std::uint64_t i = 0; i < 7; ++i) CHECK(references(i * cluster) == 1);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: what is not written comes from the backing image") {
    const std::string base = file(std::string(3 * 512, 'b'), "base.img");
    name_backing("base.img");
    const auto image = open_disk_image(path);
    CHECK(read(*image, 2)[0] == 'b');
    CHECK(read(*image, 3)[0] == 0);
    CHECK(write(*image, 1, 'n'));
    const auto all = read(*image, 0, 4);
    CHECK(all[0] == 'b');
    CHECK(all[512] == 'n');
    CHECK(all[1024] == 'b');
    CHECK(all[1536] == 0);
    CHECK(content(base) == std::string(3 * 512, 'b'));
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: compressed clusters are read, and replaced when written") {
    std::vector<std::uint8_t> data(cluster);
    std::minstd_rand random(1);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(random() % 7);
    REQUIRE(write(*open_disk_image(path), 0, 1));
    const auto packed = deflated(data);
    const std::uint64_t place = 6 * cluster;
    existing(path).write(place + 100, packed);
    const std::uint64_t more = (100 + packed.size() - 1) / sector_size;
    patch(5 * cluster, 8, 1ULL << 62 | more << 54 | (place + 100));
    patch(2 * cluster + 12, 2, 1);

    auto image = open_disk_image(path);
    CHECK(read(*image, 0, cluster_sectors) == data);
    CHECK(write(*image, 3, 0x77));
    CHECK(read(*image, 2)[5] == data[2 * sector_size + 5]);
    CHECK(read(*image, 3)[5] == 0x77);
    CHECK(references(place) == 0);

    image.reset();
    patch(5 * cluster, 8, 1ULL << 62 | (place + 300));  // no deflate data
    CHECK(read(*open_disk_image(path), 0).empty());
}

TEST_CASE_FIXTURE(Qcow2Fixture,
                  "qcow2: clusters and tables shared with a snapshot are copied before a write") {
    REQUIRE(write(*open_disk_image(path), 5, 0x55));
    const std::uint64_t data = 4 * cluster;
    const std::uint64_t table = 5 * cluster;
    patch(3 * cluster, 8, table);  // neither entry says that it is the only one
    patch(table, 8, data);
    patch(2 * cluster + 8, 4, 0x0002'0002);
    REQUIRE(write(*open_disk_image(path), 6, 0x66));
    CHECK(references(table) == 1);
    CHECK(references(data) == 1);
    CHECK(number(data + 6 * sector_size, 1) == 0);
    const auto image = open_disk_image(path);
    CHECK(read(*image, 5)[0] == 0x55);
    CHECK(read(*image, 6)[0] == 0x66);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: clusters marked as zeros hide the backing image") {
    file(std::string(512, 'b'), "base.img");
    name_backing("base.img");
    REQUIRE(write(*open_disk_image(path), cluster_sectors, 1));
    patch(5 * cluster, 8, 1);
    const auto image = open_disk_image(path);
    CHECK(read(*image, 0)[0] == 0);
    CHECK(write(*image, 1, 2));
    CHECK(read(*image, 0)[0] == 0);
    CHECK(read(*image, 1)[0] == 2);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: the table of references grows") {
    write_empty_qcow2(file_of(path), 16 << 20, 9);  // a table of 64 blocks of 256 counts covers 8 MiB
    auto image = open_disk_image(path);
    for (std::uint64_t i = 0; i < image->sector_count(); i += 16) {
        REQUIRE(write(*image, i, static_cast<std::uint8_t>(i / 16), 16));
    }
    CHECK(number(56, 4) > 1);
    image.reset();
    image = open_disk_image(path);
    for (std::uint64_t i = 0; i < image->sector_count(); i += 16) {
        REQUIRE(read(*image, i + 15)[511] == static_cast<std::uint8_t>(i / 16));
    }
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: random writes agree with a plain array") {
    create(4 << 20);
    std::vector<std::uint8_t> plain(4 << 20);
    std::minstd_rand random(7);
    auto image = open_disk_image(path);
    for (unsigned i = 0; i < 300; ++i) {
        const std::uint64_t first = random() % 8000;
        const std::size_t count = 1 + random() % 192;
        const auto value = static_cast<std::uint8_t>(random());
        REQUIRE(write(*image, first, value, count));
        std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(first * sector_size), count * sector_size,
                    value);
        if (i % 50 != 0) continue;
        image.reset();
        image = open_disk_image(path);
    }
    CHECK(read(*image, 0, 8192) == plain);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: a full host disk is an error, and nothing is lost") {
    auto image = open_disk_image(path);
    REQUIRE(write(*image, 0, 0x11));
    {
        const FileSizeLimit limit(7 * cluster);
        REQUIRE(write(*image, cluster_sectors, 0x22));
        for (unsigned i = 0; i < 20; ++i) CHECK_FALSE(write(*image, (2 + i) * cluster_sectors, 0x33));
        CHECK(write(*image, 1, 0x44));  // where there is room already
    }
    CHECK(references(7 * cluster) == 0);
    CHECK(write(*image, 2 * cluster_sectors, 0x55));
    CHECK(fs::file_size(path) == 8 * cluster);
    image.reset();
    const auto again = open_disk_image(path);
    CHECK(read(*again, 0)[0] == 0x11);
    CHECK(read(*again, 1)[0] == 0x44);
    CHECK(read(*again, cluster_sectors)[0] == 0x22);
    CHECK(read(*again, 2 * cluster_sectors)[0] == 0x55);
    CHECK(read(*again, 3 * cluster_sectors)[0] == 0);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: what cannot be used is refused in one line") {
    const auto refused = [this](std::uint64_t offset, std::size_t size, std::uint64_t value,
                                const char* why) {
        create(64 << 20);
        patch(offset, size, value);
        CAPTURE(why);
        CHECK(refusal(path).find(why) != std::string::npos);
    };
    refused(4, 4, 9, "unknown version 9");
    refused(20, 4, 40, "invalid cluster size");
    refused(24, 8, 1ULL << 60, "table too small");
    refused(24, 8, 0, "is empty");
    refused(32, 4, 1, "is encrypted");
    refused(36, 4, 0xFFFFFFFF, "table that is too large");
    refused(40, 8, 0x12345, "misplaced");
    refused(56, 4, 0, "no table of references");
    refused(72, 8, 1, "not closed cleanly");
    refused(72, 8, 2, "marked corrupt");
    refused(72, 8, 4, "features that are not supported");
    refused(96, 4, 3, "not 16 bits");
    create(64 << 20);
    name_backing("missing.img");
    CHECK(refusal(path).find("backing file '") != std::string::npos);
    name_backing("disk.qcow2");
    fs::copy_file(path, folder / "other.qcow2");
    CHECK(refusal(path).find("is its own backing file") != std::string::npos);
    name_backing("other.qcow2");
    CHECK(refusal(path).find("is in use") != std::string::npos);
    CHECK_THROWS_WITH_AS(open_disk_image(path, {.read_only = true}), doctest::Contains("too long a chain"),
                         std::runtime_error);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: what was said to lie beyond all counts is given up as it is") {
    REQUIRE(write(*open_disk_image(path), 0, 1));
    const std::uint64_t l2_table = number(3 * cluster, 8) & 0x00FF'FFFF'FFFF'FE00;
    patch(l2_table + 8, 8, 0x00FF'FFFF'FFFF'0000);
    const std::uint64_t size = fs::file_size(path);
    CHECK(write(*open_disk_image(path), cluster_sectors, 2, cluster_sectors));
    CHECK(fs::file_size(path) == size + cluster);
    CHECK(read(*open_disk_image(path), cluster_sectors)[0] == 2);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: a file too long for its table of references takes no more") {
    write_empty_qcow2(file_of(path), 1 << 20, 9);
    fs::resize_file(path, 200ULL << 30);  // sparse
    const auto image = open_disk_image(path);
    CHECK(image->write(0, sector) == std::errc::file_too_large);
    CHECK(fs::file_size(path) == 200ULL << 30);
}

TEST_CASE_FIXTURE(Qcow2Fixture, "qcow2: damaged files are refused or fail, nothing worse") {
    REQUIRE(write(*open_disk_image(path), 0, 1, 300));
    const std::string good = content(path);
    std::minstd_rand random(3);
    for (unsigned round = 0; round < 200; ++round) {
        std::string bad = good;
        for (unsigned i = 0; i < 4; ++i) {
            const std::size_t area = std::array<std::size_t, 4>{0, cluster, 3 * cluster, 4 * cluster}[i];
            bad[area + random() % 112] = static_cast<char>(random());
        }
        file(bad, "disk.qcow2");
        try {
            const auto image = open_disk_image(path);
            read(*image, 0);
            write(*image, random() % std::min<std::uint64_t>(image->sector_count(), 100'000), 1);
        } catch (const std::runtime_error&) {
            continue;
        }
    }
}
