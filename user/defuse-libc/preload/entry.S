/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What C cannot say: the declared system call, vfork(), dlopen() and syscall().
 *
 * pre_raw lies in a text of its own, from pre_text to pre_text_end.  That is what
 * threads declare to the kernel: an instruction elsewhere is not redirected.
 */
#include <asm/unistd.h>

/* vfork of struct defuse_thread, from the thread pointer; front.c asserts it. */
#define VFORK_OFFSET	0xa4
#define NUMBERS		512

	.section .text.declared, "ax", @progbits
	.globl pre_text, pre_text_end, pre_raw
	.hidden pre_text, pre_text_end, pre_raw
pre_text:
	.type pre_raw, @function
	.p2align 4
pre_raw:
	.cfi_startproc
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
	syscall
	ret
	.cfi_endproc
	.size pre_raw, . - pre_raw
pre_text_end:

	.text
/*
 * vfork(): the child goes on in this memory, on this stack, so the return address is
 * kept in a register.  While it lives the core is not asked; only the parent takes
 * that back.
 */
	.globl vfork, __vfork
	.type vfork, @function
	.p2align 4
vfork:
__vfork:
	.cfi_startproc
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	pre_vfork_of_libc
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	testq	%rax, %rax
	jz	1f
	jmp	*%rax
1:
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rdi
	incl	%fs:VFORK_OFFSET
	movl	$__NR_vfork, %eax
	syscall
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rip, 0
	testl	%eax, %eax
	jz	2f
	decl	%fs:VFORK_OFFSET
2:	cmpq	$-4095, %rax
	jae	3f
	ret
3:	negl	%eax
	movl	%eax, %edi
	jmp	pre_vfork_failed
	.cfi_endproc
	.size vfork, . - vfork

/*
 * dlopen(): a bare name is searched for where the caller's object says, so libc must see
 * the caller's return address.
 */
	.globl dlopen
	.type dlopen, @function
	.p2align 4
dlopen:
	.cfi_startproc
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	pre_dlopen_of_libc
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	testq	%rax, %rax
	jz	pre_dlopen
	jmp	*%rax
	.cfi_endproc
	.size dlopen, . - dlopen

/* syscall(): numbers that the core wants to hear of; all others stay libc's. */
	.globl syscall
	.type syscall, @function
	.p2align 4
syscall:
	.cfi_startproc
	cmpq	$NUMBERS, %rdi
	jae	1f
	leaq	pre_guarded(%rip), %rax
	btq	%rdi, (%rax)
	jc	pre_syscall
1:	movq	pre_libc_syscall(%rip), %rax
	testq	%rax, %rax
	jz	pre_syscall
	jmp	*%rax
	.cfi_endproc
	.size syscall, . - syscall

	.section .note.GNU-stack, "", @progbits
