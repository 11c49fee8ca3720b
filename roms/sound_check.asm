; A ROM in the BIOS's place that can be heard: the speaker at 880 Hz, FM at 440 Hz, bytes by DMA at 500 Hz, and words in
; stereo at 1000 Hz with nothing on the right, each followed by silence. Ends the run through port F4h with 0, or with the
; number of what did not answer as it should.
EXIT_PORT      equ 0xF4
FM_PORT        equ 0x388
CARD           equ 0x220
MIXER          equ CARD + 4
DSP_RESET      equ CARD + 6
DSP_DATA       equ CARD + 0xA
DSP_COMMAND    equ CARD + 0xC
DSP_STATUS     equ CARD + 0xE
DSP_WORDS      equ CARD + 0xF
BYTES_SEGMENT  equ 0x1000
WORDS_SEGMENT  equ 0x2000
UNITS          equ 8000                ; half a second of bytes, a quarter of words, at 16 kHz
TOGGLE_RATE    equ 66288               ; of port 61h's refresh bit, a second

FAILED_FM      equ 1
FAILED_RESET   equ 2
FAILED_VERSION equ 3
FAILED_BYTES   equ 4
FAILED_WORDS   equ 5

    bits 16
    org 0

%macro outb 2
    mov dx, %1
    mov al, %2
    out dx, al
%endmacro

%macro expect 2                        ; AL, or the number to leave with
    mov bl, %2
    cmp al, %1
    jne leave
%endmacro

start:
    cli
    cld
    xor ax, ax
    mov ss, ax
    mov sp, 0x7000
    mov ax, cs
    mov ds, ax
    call play_speaker
    call play_fm
    call reset_dsp
    call play_bytes
    call play_words
    xor bl, bl
leave:
    mov al, bl
    out EXIT_PORT, al
    cli
    hlt

; BP: toggles of the refresh bit to wait for.
wait_toggles:
    in al, 0x61
    mov ah, al
.same:
    in al, 0x61
    xor al, ah
    test al, 0x10
    jz .same
    dec bp
    jnz wait_toggles
    ret

wait_third:
    mov bp, TOGGLE_RATE / 3
    jmp wait_toggles

play_speaker:
    outb 0x43, 0xB6
    outb 0x42, 1356 & 0xFF
    outb 0x42, 1356 >> 8
    outb 0x61, 3
    call wait_third
    outb 0x61, 0
    jmp wait_third

; SI: pairs of register and value, ended by a register FFh.
write_fm:
    lodsb
    cmp al, 0xFF
    je .done
    mov dx, FM_PORT
    out dx, al
    lodsb
    inc dx
    out dx, al
    jmp write_fm
.done:
    ret

; Timer 1 expires once and tells so.
play_fm:
    mov si, fm_timer
    call write_fm
    mov bp, 10
    call wait_toggles
    mov dx, FM_PORT
    in al, dx
    and al, 0xE0
    expect 0xC0, FAILED_FM
    mov si, fm_note
    call write_fm
    call wait_third
    mov si, fm_end
    call write_fm
    jmp wait_third

fm_timer:
    db 0x04, 0x60, 0x04, 0x80, 0x02, 0xFF, 0x04, 0x21, 0xFF
fm_note:                               ; a silent modulator and a carrier that is sustained
    db 0x20, 0x21, 0x23, 0x21, 0x40, 0x3F, 0x43, 0x00, 0x60, 0xF0, 0x63, 0xF0, 0x80, 0x0F, 0x83, 0x0F
    db 0xC0, 0x00, 0xA0, 0x44, 0xB0, 0x32, 0xFF
fm_end:
    db 0xB0, 0x12, 0xFF

dsp_answer:
    mov dx, DSP_DATA
    in al, dx
    ret

; SI: the number of bytes and the bytes.
write_dsp:
    lodsb
    movzx cx, al
.next:
    mov dx, DSP_COMMAND
    in al, dx
    test al, 0x80
    jnz .next
    lodsb
    out dx, al
    loop .next
    ret

reset_dsp:
    outb DSP_RESET, 1
    mov bp, 2
    call wait_toggles
    outb DSP_RESET, 0
    mov bp, 10
    call wait_toggles
    call dsp_answer
    expect 0xAA, FAILED_RESET
    mov si, ask_version
    call write_dsp
    call dsp_answer
    expect 4, FAILED_VERSION
    call dsp_answer
    expect 5, FAILED_VERSION
    outb MIXER, 0x22                   ; master and voice a little lower than they go
    outb MIXER + 1, 0xCC
    outb MIXER, 0x04
    outb MIXER + 1, 0xCC
    ret

; BL: bits of the card's interrupts to wait for, for a second; AL: those that came.
wait_interrupt:
    mov cx, 100
.next:
    mov bp, TOGGLE_RATE / 100
    call wait_toggles
    call interrupts
    test al, bl
    jnz .done
    loop .next
.done:
    ret

interrupts:
    outb MIXER, 0x82
    inc dx
    in al, dx
    and al, 3
    ret

play_bytes:
    mov ax, BYTES_SEGMENT
    mov es, ax
    xor di, di
    mov cx, UNITS
.fill:
    mov si, di
    and si, 31
    mov al, [cs:sine + si]
    stosb
    loop .fill

    outb 0xD6, 0xC0                    ; the second controller passes the first one's requests on
    outb 0xD4, 0x00
    outb 0x0A, 0x05
    outb 0x0C, 0
    outb 0x0B, 0x49
    outb 0x02, 0
    outb 0x02, 0
    outb 0x03, (UNITS - 1) & 0xFF
    outb 0x03, (UNITS - 1) >> 8
    outb 0x83, BYTES_SEGMENT >> 12
    outb 0x0A, 0x01
    mov si, start_bytes
    call write_dsp
    mov bl, 1
    call wait_interrupt
    expect 1, FAILED_BYTES
    mov dx, DSP_STATUS
    in al, dx
    call interrupts
    expect 0, FAILED_BYTES
    jmp wait_third

; A sine of half the length on the left: every other byte of the table, 200 times as large.
play_words:
    mov ax, WORDS_SEGMENT
    mov es, ax
    xor di, di
    mov cx, UNITS / 2
.fill:
    mov si, di
    shr si, 1
    and si, 31
    movzx ax, byte [cs:sine + si]
    sub ax, 128
    imul ax, ax, 200
    stosw
    xor ax, ax
    stosw
    loop .fill

    outb 0xD4, 0x05
    outb 0xD8, 0
    outb 0xD6, 0x49
    outb 0xC4, 0
    outb 0xC4, 0
    outb 0xC6, (UNITS - 1) & 0xFF
    outb 0xC6, (UNITS - 1) >> 8
    outb 0x8B, WORDS_SEGMENT >> 12
    outb 0xD4, 0x01
    mov si, start_words
    call write_dsp
    mov bl, 2
    call wait_interrupt
    expect 2, FAILED_WORDS
    mov dx, DSP_WORDS
    in al, dx
    call interrupts
    expect 0, FAILED_WORDS
    jmp wait_third

ask_version:
    db 1, 0xE1
start_bytes:                           ; 16 kHz, bytes once
    db 6, 0x41, 16000 >> 8, 16000 & 0xFF, 0x14, (UNITS - 1) & 0xFF, (UNITS - 1) >> 8
start_words:                           ; 16 kHz, words once, stereo with sign
    db 7, 0x41, 16000 >> 8, 16000 & 0xFF, 0xB0, 0x30, (UNITS - 1) & 0xFF, (UNITS - 1) >> 8
sine:
    db 128, 148, 166, 184, 199, 211, 220, 226, 228, 226, 220, 211, 199, 184, 166, 148
    db 128, 108, 90, 72, 57, 45, 36, 30, 28, 30, 36, 45, 57, 72, 90, 108

    times 0xFFF0 - ($ - $$) db 0
    jmp 0xF000:start
    times 0x10000 - ($ - $$) db 0
