// The hash of descriptions: every field, every byte, and nothing else counts.
#include "machine/hasher.hpp"

#include <doctest/doctest.h>

#include <set>

namespace calque {

namespace {

enum class Colour : std::uint8_t { red, green };

struct Inner {
    std::uint16_t word = 0;
};
struct Outer {
    bool flag = false;
    Colour colour = Colour::red;
    std::int64_t number = 0;
    std::array<std::uint8_t, 3> bytes{};
    std::array<Inner, 2> inners{};
    std::vector<std::uint16_t> words;
    std::string text;
};

template <typename A>
void describe(A& archive, Inner& inner) {
    archive("word", inner.word);
}
template <typename A>
void describe(A& archive, Outer& outer) {
    archive("flag", outer.flag);
    archive("colour", outer.colour);
    archive("number", outer.number);
    archive("bytes", outer.bytes);
    archive("inners", outer.inners);
    archive("words", outer.words);
    archive("text", outer.text);
}

}  // namespace

TEST_CASE("each field changes the hash, in its own way") {
    std::set<std::uint64_t> hashes;
    const auto add = [&](auto change) {
        Outer outer;
        change(outer);
        hashes.insert(hash_of(outer));
    };
    add([](Outer&) {});
    add([](Outer& outer) { outer.flag = true; });
    add([](Outer& outer) { outer.colour = Colour::green; });
    add([](Outer& outer) { outer.number = -1; });
    add([](Outer& outer) { outer.bytes[2] = 1; });
    add([](Outer& outer) { outer.inners[0].word = 1; });
    add([](Outer& outer) { outer.inners[1].word = 1; });
    add([](Outer& outer) { outer.words = {0}; });
    add([](Outer& outer) { outer.words = {0, 0}; });
    add([](Outer& outer) { outer.text = "a"; });
    CHECK(hashes.size() == 10);
    CHECK(hash_of(Outer{}) == hash_of(Outer{}));
}

TEST_CASE("any byte of a long run counts, and so does its length") {
    std::vector<std::uint8_t> bytes(100);
    std::set<std::uint64_t> hashes{hash_of_bytes(bytes)};
    for (auto& byte : bytes) {
        byte = 1;
        hashes.insert(hash_of_bytes(bytes));
        byte = 0;
    }
    bytes.push_back(0);
    hashes.insert(hash_of_bytes(bytes));
    CHECK(hashes.size() == 102);
}

}  // namespace calque
