; A ROM in the place of the BIOS that takes the processor through its modes - real, protected, paged, tasks,
; virtual-8086, and back - and checks what each does against the manual. It says the outcome on COM1, writes the
; part it is in to the POST port, and ends the run with a byte of 0 on port F4h if all is well, else 1.
;
; Everything is linked for F0000h, where the ROM stands below 1 MiB: protected-mode code has flat segments, and
; 16-bit code calls a label by its offset in segment F000h, off16(label). What a check says when it fails lies
; behind the code.
%define off16(label) ((label) - rom_start)

ROM_SEGMENT equ 0xF000
POST_PORT   equ 0x80
EXIT_PORT   equ 0xF4
COM1        equ 0x3F8

FLAT        equ 0xF0000
    cpu 586
    org FLAT

[section .notes start=0xFA000]
[section .text]
rom_start:

%include "system_check/layout.inc"
%include "system_check/checks.inc"

    bits 16
entry:
    cli
    mov [cs:off16(entry)], al   ; a store to ROM is lost
    mov ebp, eax                ; 0: the self-test's result
    mov ax, 0                   ; the flags are still those of the reset
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, REAL_STACK
    pushfd
    pop dword [seen.eflags]
    cld
    call word off16(install_tables)

%include "system_check/real.inc"
%include "system_check/interrupts.inc"

    call word off16(enter_protected_mode)
    bits 32
%include "system_check/protected.inc"
%include "system_check/paging.inc"
%include "system_check/tasks.inc"
%include "system_check/virtual8086.inc"
%include "system_check/return.inc"

    bits 16
    call word off16(enter_protected_mode)
    bits 32
    mov esi, text.passed
    call print
    xor eax, eax
    out EXIT_PORT, al
.stop:
    hlt
    jmp .stop

%include "system_check/support16.inc"
%include "system_check/support32.inc"

[section .reset start=0xFFFF0]
    bits 16
    jmp ROM_SEGMENT:off16(entry)
    times 16 - ($ - $$) db 0
