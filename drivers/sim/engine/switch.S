/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls a function on another stack, and the place where a thread lands that leaves it early.
 *
 *   int sil__switch(sil__frame *frame, const sil__call *call)
 *
 * Saves the callee-saved registers and the floating-point control word on the caller's stack and its stack pointer in
 * frame->saved_sp, takes frame->stack_top, sets the control word that images expect, calls call->fn with the four
 * values, and comes back with 0. sil__landing comes back with the return register as it is: whoever sends a thread
 * there has set the stack pointer to frame->saved_sp and the register to the reason.
 */
#if defined(__x86_64__)
        .text
        .globl  sil__switch
        .hidden sil__switch
        .type   sil__switch, @function
        .p2align 5
sil__switch:
        .cfi_startproc
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_offset %rbp, -16
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr (%rsp)
        ldmxcsr image_mxcsr(%rip)
        movq    %rsp, (%rdi)
        movq    %rdi, %rbx
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        movq    8(%rdi), %rsp
        movq    (%rsi), %rax
        movq    8(%rsi), %rdi
        movq    16(%rsi), %r8
        movq    24(%rsi), %rdx
        movq    32(%rsi), %rcx
        movq    %r8, %rsi
        callq   *%rax
        movq    (%rbx), %rsp
        xorl    %eax, %eax
        .globl  sil__landing
        .hidden sil__landing
sil__landing:
        .cfi_def_cfa %rsp, 64
        cld
        ldmxcsr (%rsp)
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        popq    %r14
        .cfi_adjust_cfa_offset -8
        popq    %r13
        .cfi_adjust_cfa_offset -8
        popq    %r12
        .cfi_adjust_cfa_offset -8
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        ret
        .cfi_endproc
        .size   sil__switch, . - sil__switch

/*   _Noreturn void sil__jump(void *saved_sp, int why)   goes to the landing from the same thread */
        .globl  sil__jump
        .hidden sil__jump
        .type   sil__jump, @function
sil__jump:
        movq    %rdi, %rsp
        movl    %esi, %eax
        jmp     sil__landing
        .size   sil__jump, . - sil__jump

/*   void sil__swap(void **save_sp, void *to_sp)
 * goes from one stack to another; comes back when somebody swaps to what it saved. sil__swap_frame lays out a new stack so
 * that the first swap to it calls fn(arg), which must not return. */
        .globl  sil__swap
        .hidden sil__swap
        .type   sil__swap, @function
        .p2align 5
sil__swap:
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
        .size   sil__swap, . - sil__swap
        .type   swap_start, @function
swap_start:
        movq    %r13, %rdi
        callq   *%r12
        ud2
        .size   swap_start, . - swap_start
        .globl  sil__swap_frame
        .hidden sil__swap_frame
        .type   sil__swap_frame, @function
sil__swap_frame:
        leaq    swap_start(%rip), %rax
        movq    %rax, -24(%rdi)
        movq    $0, -32(%rdi)
        movq    $0, -40(%rdi)
        movq    %rsi, -48(%rdi)
        movq    %rdx, -56(%rdi)
        leaq    -72(%rdi), %rax
        ret
        .size   sil__swap_frame, . - sil__swap_frame

/* What the system returns to from a handler that libc did not install. */
        .globl  sil__sigreturn
        .hidden sil__sigreturn
        .type   sil__sigreturn, @function
sil__sigreturn:
        movl    $15, %eax
        syscall
        .size   sil__sigreturn, . - sil__sigreturn

        .section .rodata
        .p2align 2
image_mxcsr:
        .long   0x1f80

#elif defined(__aarch64__)
        .text
        .globl  sil__switch
        .hidden sil__switch
        .type   sil__switch, %function
        .p2align 5
sil__switch:
        stp     x29, x30, [sp, #-176]!
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mrs     x9, fpcr
        str     x9, [sp, #160]
        msr     fpcr, xzr
        mov     x9, sp
        str     x9, [x0]
        mov     x19, x0
        ldr     x10, [x0, #8]
        mov     sp, x10
        ldr     x11, [x1]
        ldp     x2, x3, [x1, #24]
        ldr     x0, [x1, #8]
        ldr     x1, [x1, #16]
        blr     x11
        ldr     x9, [x19]
        mov     sp, x9
        mov     w0, #0
        .globl  sil__landing
        .hidden sil__landing
sil__landing:
        ldr     x9, [sp, #160]
        msr     fpcr, x9
        ldp     d14, d15, [sp, #144]
        ldp     d12, d13, [sp, #128]
        ldp     d10, d11, [sp, #112]
        ldp     d8, d9, [sp, #96]
        ldp     x27, x28, [sp, #80]
        ldp     x25, x26, [sp, #64]
        ldp     x23, x24, [sp, #48]
        ldp     x21, x22, [sp, #32]
        ldp     x19, x20, [sp, #16]
        ldp     x29, x30, [sp], #176
        ret
        .size   sil__switch, . - sil__switch
        .globl  sil__jump
        .hidden sil__jump
        .type   sil__jump, %function
sil__jump:
        mov     sp, x0
        mov     w0, w1
        b       sil__landing
        .size   sil__jump, . - sil__jump
        .globl  sil__swap
        .hidden sil__swap
        .type   sil__swap, %function
        .p2align 5
sil__swap:
        sub     sp, sp, #160
        stp     x19, x20, [sp]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mov     x9, sp
        str     x9, [x0]
        mov     sp, x1
        ldp     x19, x20, [sp]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        add     sp, sp, #160
        ret
        .size   sil__swap, . - sil__swap
        .type   swap_start, %function
swap_start:
        mov     x0, x20
        blr     x19
        brk     #1
        .size   swap_start, . - swap_start
        .globl  sil__swap_frame
        .hidden sil__swap_frame
        .type   sil__swap_frame, %function
sil__swap_frame:
        sub     x0, x0, #160
        stp     x1, x2, [x0]
        adr     x9, swap_start
        stp     xzr, x9, [x0, #80]
        ret
        .size   sil__swap_frame, . - sil__swap_frame
#else
#error "the silicon engine runs images on x86-64 and aarch64"
#endif
        .section .note.GNU-stack, "", %progbits
