; A ROM in the place of the BIOS that repeats one operation at a time: innocuous ones for comparison, each kind of
; sensitive instruction, faults, page-table updates, context switches, interrupts. For each it says on COM1
;   == NAME REPETITIONS
; before the first and an empty line after the last, in the end "== end", and writes 0 to port F4h. Whoever listens
; has the time between the lines. The operation
; "loop" is the loop around each of the others.
;
; The ROM copies itself to RAM and runs there, in 32-bit protected mode with paging, below 1 MiB.
ROM     equ 0xF0000
RAM     equ 0x10000
COM1    equ 0x3F8
    cpu p4
    org RAM

%define in_rom(label) ((label) - RAM + ROM)
%define off16(label) ((label) - RAM)

%include "nano_bench/layout.inc"

    bits 32
copied:
    lgdt [gdt_pointer]
    lidt [idt_pointer]
    jmp CODE0:.here
.here:
    mov eax, DATA3              ; good for both rings
    mov ds, eax
    mov es, eax
    mov eax, DATA0
    mov ss, eax
    mov esp, STACK_A
    mov eax, TSS_SELECTOR
    ltr ax
%include "nano_bench/start.inc"
%include "nano_bench/operations.inc"
    say end_text
    xor eax, eax
    out 0xF4, al
.stop:
    cli
    hlt
    jmp .stop

%include "nano_bench/support.inc"

    bits 16
entry:
    cli
    o32 lgdt [cs:off16(rom_gdt_pointer)]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp dword CODE0:in_rom(copy)
    bits 32
copy:
    mov eax, DATA0
    mov ds, eax
    mov es, eax
    cld
    mov esi, ROM
    mov edi, RAM
    mov ecx, 0x10000 / 4
    rep movsd
    jmp CODE0:copied

rom_end:
    times 0xFFF0 - ($ - $$) db 0
    bits 16
    jmp 0xF000:off16(entry)
    times 0x10000 - ($ - $$) db 0
