; A real-mode computation for `calque exec --mode real16`: a flat program, position 0 of its segment.
; It sorts, copies, scans and sums a table with 16-bit code, far data and calls, ROUNDS times over.
; At HLT: DX:AX the checksum (FCD5779Ah after 200 rounds), CX 0, BX the number of rounds done. The table lies one segment (64 KiB) above.
%ifndef ROUNDS
%define ROUNDS 200
%endif
WORDS   equ 64
COPY    equ 0x8000              ; where a second table lies in the data segment

    bits 16
    org 0

start:
    cld
    mov ax, cs
    add ax, 0x1000
    mov ds, ax
    mov es, ax
    xor eax, eax
    mov [cs:checksum], eax
    mov [cs:rounds_done], ax

round:
    call fill
    call copy
    call sort
    call check
    inc word [cs:rounds_done]
    cmp word [cs:rounds_done], ROUNDS
    jb round

    mov bx, [cs:rounds_done]
    mov ax, [cs:checksum]
    mov dx, [cs:checksum + 2]
    xor cx, cx
    hlt

; The table from a linear congruential generator whose seed is the round's number.
fill:
    mov cx, WORDS
    xor di, di
    mov ax, [cs:rounds_done]
    mov bx, 25173
.next:
    mul bx
    add ax, 13849
    stosw
    loop .next
    ret

copy:
    mov cx, WORDS
    xor si, si
    mov di, COPY
    rep movsw
    ret

; Insertion sort, by signed value.
sort:
    mov si, 2
.outer:
    mov ax, [si]
    mov bx, si
.inner:
    cmp bx, 0
    je .place
    cmp [bx - 2], ax
    jle .place
    mov dx, [bx - 2]
    mov [bx], dx
    dec bx
    dec bx
    jmp .inner
.place:
    mov [bx], ax
    add si, 2
    cmp si, WORDS * 2
    jb .outer
    ret

; Folds both tables into the checksum, and where the sorted smallest stood in the copy.
check:
    mov ax, [0]
    mov di, COPY
    mov cx, WORDS
    repne scasw
    push cx
    xor si, si
    mov cx, WORDS
    mov edx, [cs:checksum]
.next:
    lodsw
    movzx eax, ax
    rol edx, 5
    add edx, eax
    movzx ebx, word [si + COPY - 2]
    imul ebx, ebx, 31
    xor edx, ebx
    loop .next
    pop cx
    add dx, cx
    adc edx, 0
    mov [cs:checksum], edx
    ret

    align 4
checksum:    dd 0
rounds_done: dw 0
