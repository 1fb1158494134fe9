/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Touching an address that may fault, and catching that: mmu.c says why.
 *
 * While an address is touched it is in ECX and the stack as it was in ESI. The
 * fault handler takes a fault for its own if CR2 is that address and the
 * instruction one of the three here, or at the address itself; everything else
 * is the kernel's.
 */
#include <linux/linkage.h>

#define FAULTED	0x80000000

	.text

/* u32 mmu_touch(u32 addr, enum mmu_kind kind, u32 *value), in registers */
SYM_FUNC_START(mmu_touch)
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	%ecx, %edi
	movl	%eax, %ecx
	movl	(%edi), %ebx
	movl	%edx, %eax
	xorl	%edx, %edx
	movl	%esp, %esi
	cmpl	$1, %eax
	je	.Lwrite
	ja	.Lexec
.Lfirst:
	movl	(%ecx), %ebx
	jmp	.Lgo_on
.Lwrite:
	movl	%ebx, (%ecx)
	jmp	.Lgo_on
.Lexec:
	call	*%ecx
.Lgo_on:
	movl	%esi, %esp
	movl	%ebx, (%edi)
	movl	%edx, %eax
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	RET
SYM_FUNC_END(mmu_touch)

/* On the stack: error code, EIP, CS, EFLAGS; the CPU was in the kernel. */
SYM_CODE_START(mmu_page_fault)
	pushl	%eax
	movl	%cr2, %eax
	cmpl	%eax, %ecx
	jne	.Lnot_ours
	cmpl	%ecx, 8(%esp)
	je	.Lours
	cmpl	$.Lfirst, 8(%esp)
	jb	.Lnot_ours
	cmpl	$.Lgo_on, 8(%esp)
	jae	.Lnot_ours
.Lours:
	movl	%eax, %ebx
	addl	$4, %esp
	popl	%edx
	orl	$FAULTED, %edx
	movl	$.Lgo_on, (%esp)
	iretl
.Lnot_ours:
	popl	%eax
	jmp	*mmu_kernel_page_fault
SYM_CODE_END(mmu_page_fault)
