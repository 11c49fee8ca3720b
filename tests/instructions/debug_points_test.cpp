// A debugger's breakpoints, watchpoints and ports, under every engine: where a run stops, and that the guest
// does not notice.
#include "tests/support/flat_machine.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace calque;
using namespace calque::test;
using asmjit::x86::Assembler;
namespace x = asmjit::x86;

namespace {

constexpr std::uint32_t base = FlatMachine::code_base, data = FlatMachine::data_base;

/// A machine at the start of its code; run() goes on where it is.
struct DebuggedMachine : FlatMachine {
    DebuggedMachine(const EngineKind& kind, const std::function<void(Assembler&)>& code) {
        use(kind);
        assemble(code);
        state().rip = base;
    }
    ExitReason go(std::uint64_t limit = 100'000) { return processor.run(state().instructions + limit); }
    /// Goes on to the next point that is met; fails if there is none.
    DebugHit next() {
        processor.pass_breakpoint();
        REQUIRE(go() == ExitReason::debugger);
        const auto hit = processor.take_hit();
        REQUIRE(hit.has_value());
        return *hit;
    }
};

void with_each_engine(const std::function<void(Assembler&)>& code,
                      const std::function<void(DebuggedMachine&)>& check) {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        DebuggedMachine machine(kind, code);
        check(machine);
    }
}

/// ECX times: INC EAX (at base + 5), ADD EBX, EAX (at base + 6).
void counting_loop(Assembler& a) {
    a.mov(x::ecx, 50);
    const auto top = a.newLabel();
    a.bind(top);
    a.inc(x::eax);
    a.add(x::ebx, x::eax);
    a.dec(x::ecx);
    a.jnz(top);
    a.hlt();
}

}  // namespace

TEST_CASE("a breakpoint in the middle of a loop is met each time round") {
    with_each_engine(counting_loop, [](DebuggedMachine& m) {
        m.processor.add_breakpoint(base + 6);
        for (std::uint32_t round = 1; round <= 50; ++round) {
            const DebugHit hit = m.next();
            CHECK(hit.kind == DebugHit::Kind::breakpoint);
            CHECK(hit.address == base + 6);
            CHECK(m.state().rip == base + 6);
            CHECK(m.state().reg32(eax) == round);
            CHECK(m.state().instructions == 2 + 4 * (round - 1));
        }
        m.processor.pass_breakpoint();
        CHECK(m.go() == ExitReason::halted);
        CHECK(m.state().instructions == 202);
    });
}

TEST_CASE("a breakpoint takes effect in code that runs already, and is gone when removed") {
    with_each_engine(counting_loop, [](DebuggedMachine& m) {
        CHECK(m.go(101) == ExitReason::budget);
        m.processor.add_breakpoint(base + 8);
        CHECK(m.next().address == base + 8);
        CHECK(m.state().reg32(eax) == 26);
        CHECK(m.processor.remove_breakpoint(base + 8));
        CHECK_FALSE(m.processor.remove_breakpoint(base + 8));
        CHECK(m.processor.cpu().debug == nullptr);
        CHECK(m.go() == ExitReason::halted);
        CHECK(m.state().instructions == 202);
    });
}

TEST_CASE("set twice, a breakpoint wants removing twice") {
    with_each_engine(counting_loop, [](DebuggedMachine& m) {
        m.processor.add_breakpoint(base + 5);
        m.processor.add_breakpoint(base + 5);
        m.processor.remove_breakpoint(base + 5);
        CHECK(m.next().address == base + 5);
        m.processor.remove_breakpoint(base + 5);
        CHECK(m.go() == ExitReason::halted);
    });
}

TEST_CASE("only an instruction's first byte stops") {
    with_each_engine(counting_loop, [](DebuggedMachine& m) {
        m.processor.add_breakpoint(base + 7);
        CHECK(m.go() == ExitReason::halted);
    });
}

TEST_CASE("a run that does not pass it stops at a breakpoint at once") {
    with_each_engine(counting_loop, [](DebuggedMachine& m) {
        m.processor.add_breakpoint(base);
        for (int i = 0; i < 3; ++i) {
            CHECK(m.go() == ExitReason::debugger);
            CHECK(m.processor.take_hit()->address == base);
            CHECK(m.state().instructions == 0);
        }
        m.processor.pass_breakpoint();
        CHECK(m.go() == ExitReason::halted);
    });
}

TEST_CASE("a repeated string instruction stops once") {
    const auto code = [](Assembler& a) {
        a.mov(x::edi, data);
        a.mov(x::ecx, 100);
        a.rep().stosb();
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.processor.add_breakpoint(base + 10);
        m.next();
        CHECK(m.state().reg32(ecx) == 100);
        m.processor.pass_breakpoint();
        CHECK(m.go(7) == ExitReason::budget);  // in its middle
        CHECK(m.state().reg32(ecx) == 93);
        CHECK(m.go() == ExitReason::halted);
    });
}

TEST_CASE("a breakpoint behind STI leaves the interrupt shadow as it is") {
    const auto code = [](Assembler& a) {
        a.sti();
        a.inc(x::eax);
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.processor.add_breakpoint(base + 1);
        m.next();
        CHECK(m.state().inhibition == Inhibition::by_sti);
    });
}

TEST_CASE("a breakpoint is linear: another mapping of the same code runs through") {
    // The code's page is also at 40'0000h; it calls itself there.
    static constexpr std::uint32_t tables = 0x30'0000, alias = 0x40'0000;
    const auto code = [](Assembler& a) {
        a.inc(x::eax);       // 0: 40h
        a.inc(x::ebx);       // 1
        a.cmp(x::eax, 200);  // 2: 5 bytes
        a.jae(base + 0x80);  // 7: 6 bytes
        a.mov(x::esi, alias);
        a.test(x::eax, 1);
        const auto odd = a.newLabel();
        a.jnz(odd);
        a.mov(x::esi, base);
        a.bind(odd);
        a.jmp(x::esi);
        while (a.offset() < 0x80) a.nop();
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.memory.write(tables, tables + 0x1000 + 7, 4);
        m.memory.write(tables + 4, tables + 0x2000 + 7, 4);
        for (std::uint32_t page = 0; page < 1024; ++page)
            m.memory.write(tables + 0x1000 + 4 * page, (page << 12) + 7, 4);
        m.memory.write(tables + 0x2000, base + 7, 4);
        m.state().cr3 = tables;
        m.state().cr0 |= cr0::pg;
        m.mmu.set_controls({.cr3 = tables, .paging = true});
        m.processor.cpu().refresh_mode();
        m.go(20);
        m.processor.add_breakpoint(alias + 1);
        for (std::uint32_t count = 0; count < 5; ++count) {
            CHECK(m.next().address == alias + 1);
            CHECK(m.state().rip == alias + 1);
            CHECK(m.state().reg32(eax) % 2 == 0);
        }
        m.processor.remove_breakpoint(alias + 1);
        CHECK(m.go() == ExitReason::halted);
        CHECK(m.state().reg32(eax) == m.state().reg32(ebx));
    });
}

TEST_CASE("the magic instruction ends a run behind itself, if asked") {
    const auto code = [](Assembler& a) {
        a.inc(x::eax);
        a.xchg(x::ebx, x::ebx);
        a.xchg(x::bx, x::bx);  // 66 87 DB
        a.inc(x::eax);
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.processor.set_magic_breakpoint(true);
        const DebugHit hit = m.next();
        CHECK(hit.kind == DebugHit::Kind::magic);
        CHECK(m.state().rip == base + 6);
        CHECK(m.state().instructions == 3);
        CHECK(m.go() == ExitReason::halted);
        m.processor.set_magic_breakpoint(false);
        m.state().rip = base, m.state().halted = false;
        CHECK(m.go() == ExitReason::halted);
    });
}

TEST_CASE("a watchpoint stops behind the access, at any byte of it") {
    const auto code = [](Assembler& a) {
        const auto top = a.newLabel();
        a.bind(top);
        a.mov(x::dword_ptr(data + 0x10), x::eax);
        a.mov(x::ebx, x::dword_ptr(data + 0x20));
        a.inc(x::eax);
        a.cmp(x::eax, 40);
        a.jne(top);
        a.hlt();
    };
    struct Expected {
        Watchpoint watched;
        std::uint64_t address;
        AccessKind access;
    };
    const std::array cases{
        Expected{{.address = data + 0x13}, data + 0x13, AccessKind::write},
        Expected{{.address = data + 0xf, .size = 2}, data + 0x10, AccessKind::write},
        Expected{{.address = data + 0x21, .on_read = true, .on_write = false}, data + 0x21, AccessKind::read},
        Expected{{.address = data + 0x1e, .size = 8, .on_read = true}, data + 0x20, AccessKind::read},
        Expected{{.address = data + 0x12, .space = AddressSpace::physical}, data + 0x12, AccessKind::write}};
    for (const Expected& expected : cases) {
        with_each_engine(code, [&](DebuggedMachine& m) {
            m.go(100);  // translated by now
            m.processor.add(expected.watched);
            const std::uint32_t before = m.state().reg32(eax);
            for (std::uint32_t round = 0; round < 3; ++round) {
                const DebugHit hit = m.next();
                CHECK(hit.kind == DebugHit::Kind::watchpoint);
                CHECK(hit.address == expected.address);
                CHECK(hit.access == expected.access);
                CHECK(m.state().rip > base + (hit.access == AccessKind::read ? 6 : 0));
                CHECK(m.state().reg32(eax) == before + round);
            }
            CHECK(m.processor.remove(expected.watched));
            CHECK(m.go() == ExitReason::halted);
            CHECK(m.state().instructions == 40 * 5 + 1);
        });
    }
}

TEST_CASE("what is not of the watched kind, or beside it, does not stop") {
    const auto code = [](Assembler& a) {
        a.mov(x::dword_ptr(data), x::eax);
        a.mov(x::eax, x::dword_ptr(data + 4));
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.processor.add(Watchpoint{.address = data, .size = 4, .on_read = true, .on_write = false});
        m.processor.add(Watchpoint{.address = data + 4, .size = 4});
        m.processor.add(Watchpoint{.address = data + 8, .size = 4, .on_read = true});
        CHECK(m.go() == ExitReason::halted);
    });
}

TEST_CASE("pushes, string instructions and read-modify-writes are watched") {
    struct Piece {
        std::function<void(Assembler&)> write;
        std::uint32_t watched;
    };
    const std::array pieces{Piece{[](Assembler& a) { a.push(x::eax); }, FlatMachine::stack_top - 4},
                            Piece{[](Assembler& a) { a.pushad(); }, FlatMachine::stack_top - 32},
                            Piece{[](Assembler& a) {
                                      a.mov(x::edi, data), a.mov(x::ecx, 64);
                                      a.rep().stosd();
                                  },
                                  data + 100},
                            Piece{[](Assembler& a) { a.inc(x::byte_ptr(data + 7)); }, data + 7},
                            Piece{[](Assembler& a) { a.movaps(x::ptr(data + 16), x::xmm1); }, data + 31},
                            Piece{[](Assembler& a) { a.fnsave(x::ptr(data)); }, data + 107}};
    for (const Piece& piece : pieces) {
        const auto code = [&](Assembler& a) {
            piece.write(a);
            a.hlt();
        };
        with_each_engine(code, [&](DebuggedMachine& m) {
            m.processor.add(Watchpoint{.address = piece.watched});
            CHECK(m.next().address == piece.watched);
        });
    }
}

TEST_CASE("a string instruction stops at the iteration that hits, and goes on") {
    const auto code = [](Assembler& a) {
        a.mov(x::edi, data);
        a.mov(x::ecx, 64);
        a.rep().stosb();
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.processor.add(Watchpoint{.address = data + 9});
        m.next();
        CHECK(m.state().reg32(ecx) == 54);
        CHECK(m.state().instructions == 12);
        CHECK(m.go() == ExitReason::halted);
        CHECK(m.state().instructions == 67);
    });
}

TEST_CASE("what an instruction touched that faults does not stop") {
    // PUSH of a watched place onto a stack that is not there: #SS, and without an IDT the machine shuts down.
    const auto code = [](Assembler& a) {
        a.push(x::dword_ptr(data));
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.state().ss().limit = 0xfff;
        m.state().ss().refresh();
        m.processor.cpu().refresh_mode();
        m.processor.on_exception([] { return true; });
        m.processor.add(Watchpoint{.address = data, .on_read = true});
        CHECK(m.go() == ExitReason::exception);
        m.processor.on_exception([] { return false; });
        CHECK(m.go() == ExitReason::shutdown);
    });
}

TEST_CASE("port breakpoints stop behind IN, OUT and each iteration of INS and OUTS") {
    const auto code = [](Assembler& a) {
        a.mov(x::edx, 0x3f8);
        a.in(x::al, x::dx);
        a.out(x::dx, x::eax);
        a.mov(x::ecx, 2);
        a.mov(x::esi, data);
        a.db(0xf3), a.db(0x6e);  // REP OUTSB
        a.hlt();
    };
    with_each_engine(code, [](DebuggedMachine& m) {
        m.processor.add(PortBreakpoint{.first = 0x3fb, .last = 0x3fb});
        CHECK(m.next().access == AccessKind::write);  // the doubleword reaches 3FBh
        CHECK(m.state().rip == base + 7);
        m.processor.add(PortBreakpoint{.first = 0x3f8, .last = 0x3f8, .on_read = false});
        for (std::uint32_t left : {1U, 0U}) {
            const DebugHit hit = m.next();
            CHECK(hit.kind == DebugHit::Kind::port);
            CHECK(hit.address == 0x3f8);
            CHECK(hit.size == 1);
            CHECK(m.state().reg32(ecx) == left);
        }
        CHECK(m.go() == ExitReason::halted);
    });
}

TEST_CASE("with points all over the guest computes the same in the same count") {
    const auto code = [](Assembler& a) {
        a.mov(x::ecx, 300);
        const auto top = a.newLabel(), function = a.newLabel();
        a.bind(top);
        a.call(function);
        a.dec(x::ecx);
        a.jnz(top);
        a.pushfd();
        a.hlt();
        a.bind(function);
        a.imul(x::eax, x::eax, 17);
        a.add(x::eax, x::ecx);
        a.mov(x::dword_ptr(data, x::ecx, 2), x::eax);
        a.xor_(x::eax, x::dword_ptr(data + 4, x::ecx, 2));
        a.ret();
    };
    with_each_engine(code, [&](DebuggedMachine& plain) {
        CHECK(plain.go() == ExitReason::halted);
        for (const EngineKind& kind : engine_kinds()) {
            DebuggedMachine m(kind, code);
            for (const std::uint32_t offset : {5U, 10U, 11U, 15U, 23U, 25U})
                m.processor.add_breakpoint(base + offset);
            m.processor.add(Watchpoint{.address = data + 400, .size = 4, .on_read = true});
            ExitReason reason;
            unsigned stops = 0;
            while ((reason = m.go()) == ExitReason::debugger) {
                m.processor.take_hit();
                m.processor.pass_breakpoint();
                ++stops;
            }
            CHECK(reason == ExitReason::halted);
            CHECK(stops > 1000);
            CHECK(m.state().instructions == plain.state().instructions);
            CHECK(m.state().gpr == plain.state().gpr);
            CHECK(m.state().eflags() == plain.state().eflags());
        }
    });
}
