/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VMALLOC_VM_H
#define ANNEX_VMALLOC_VM_H

#include "vmalloc/vm_types.h"

size_t annex_vmalloc_bytes(const struct annex_window *window);
int annex_vmalloc_init(struct annex_vmalloc *v, struct annex_window *window,
		       void *metadata);
unsigned int annex_vmalloc_exit(struct annex_vmalloc *v);
unsigned int annex_vmalloc_abandon(struct annex_vmalloc *v);

/* Areas: the common part of vmalloc, vmap and ioremap. */
extern const char annex_no_host_memory_text[];

struct annex_vm *annex_vm_new(struct annex_vmalloc *v, unsigned int nr_pages,
			      unsigned long flags, const void *caller,
			      gfp_t gfp);
void annex_vm_drop(struct annex_vmalloc *v, struct annex_vm *area);
__cold void annex_vm_discard(struct annex_vmalloc *v, struct annex_vm *area);
void annex_vm_drop_many(struct annex_vmalloc *v, struct annex_vm **areas,
			unsigned int nr);
void annex_vm_free_pages(struct annex_vm *area);
void annex_vm_free_lists_destroy(struct annex_vmalloc *v);
int annex_vm_place(struct annex_vmalloc *v, struct annex_vm *area,
		   unsigned long nr_pages);
int annex_vm_place_in_time(struct annex_vmalloc *v, struct annex_vm *area,
			   unsigned long nr_pages);
int annex_vm_place_aligned(struct annex_vmalloc *v, struct annex_vm *area,
			   unsigned long nr_pages, unsigned long align);
__cold void annex_vm_refuse_place(struct annex_vmalloc *v,
				  unsigned long nr_pages, unsigned long align,
				  const char *call);
void annex_vm_abandon(struct annex_vmalloc *v, struct annex_vm *area);
void annex_vm_forget(struct annex_vmalloc *v, struct annex_vm *area);
unsigned int annex_vm_forget_stuck(struct annex_vmalloc *v);
struct annex_page **annex_vm_map(struct annex_vmalloc *v, struct annex_vm *area,
				 struct annex_page **pages);
struct annex_page **annex_vm_map_prot(struct annex_vmalloc *v,
				      struct annex_vm *area,
				      struct annex_page **pages, pgprot_t prot);
void annex_vm_map_phys(struct annex_vmalloc *v, struct annex_vm *area,
		       pgprot_t prot);
int annex_vm_give_up(struct annex_vmalloc *v, const void *addr,
		     unsigned long flags, unsigned long nr_pages,
		     const char *call);
__cold int annex_vm_refuse(struct annex_vmalloc *v, const void *addr,
			   unsigned long flags, const char *call);
void annex_vm_retire(struct annex_vmalloc *v, struct annex_vm *area);
int annex_vm_give_up_later(struct annex_vmalloc *v, const void *addr,
			   const void *head, size_t len, const char *call);
void annex_vm_give_up_now(struct annex_vmalloc *v, const void *head);
int annex_vm_purge_init(struct annex_vmalloc *v);
void annex_vm_purge_exit(struct annex_vmalloc *v);
unsigned long annex_vm_purge(struct annex_vmalloc *v);
unsigned long annex_vm_purge_all(struct annex_vmalloc *v);

/* Is it mapped? The caller holds the lock of the areas. */
static inline bool annex_vm_is_mapped(const struct annex_vm *area)
{
	return area->state == ANNEX_VM_LIVE || area->state == ANNEX_VM_WAITS;
}

const struct annex_vm_struct *__annex_find_vm_area(struct annex_vmalloc *v,
						   const void *addr);
unsigned long __annex_vmalloc_to_pfn(const struct annex_vmalloc *v,
				     const void *addr);
bool __annex_is_vmalloc_addr(const struct annex_vmalloc *v, const void *addr);

void *annex_vmalloc_area(struct annex_vmalloc *v, unsigned long size, gfp_t gfp,
			 const void *caller);
void *annex_vmalloc_area_node(struct annex_vmalloc *v, unsigned long size,
			      unsigned long align, gfp_t gfp,
			      const void *caller);
void *__annex_vmap(struct annex_vmalloc *v, struct annex_page **pages,
		   unsigned int count, unsigned long flags, pgprot_t prot,
		   const void *caller);
int __annex_vm_unmap_ram(struct annex_vmalloc *v, const void *mem,
			 unsigned int count);
void *__annex_ioremap(struct annex_vmalloc *v, phys_addr_t phys,
		      unsigned long size, pgprot_t prot, const void *caller);

#endif /* ANNEX_VMALLOC_VM_H */
