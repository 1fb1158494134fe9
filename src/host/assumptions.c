// SPDX-License-Identifier: GPL-2.0-only
/*
 * What annex assumes about private types of the host, checked by the compiler.
 *
 * A host whose types differ compiles into wrong code where annex only uses a
 * member by its name: an assignment converts integers, and a copy of a
 * structure's layout stays as it is. This file has no code. A failure names the
 * member; Documentation/kernels.rst has the files of annex that rely on it.
 * Since 7.2 struct module_use here is annex's copy: nothing compares that with
 * the kernel's.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/cpumask.h>
#include <linux/ioport.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#include "host/compat_module.h"

#define ASSERT_TYPE(whole, member, type)					\
	static_assert(__same_type(typeof_member(whole, member), type))

/* switch.h: the notifiers of a thread, which the scheduler walks by link.next. */
ASSERT_TYPE(struct task_struct, preempt_notifiers, struct hlist_head);
ASSERT_TYPE(struct preempt_notifier, link, struct hlist_node);

/* switch.h: pinning. annex_pin_account() keeps the count in an unsigned short. */
#ifdef CONFIG_SMP
ASSERT_TYPE(struct task_struct, migration_disabled, unsigned short);
#endif
ASSERT_TYPE(struct task_struct, cpus_ptr, const cpumask_t *);
ASSERT_TYPE(struct task_struct, cpus_mask, cpumask_t);
ASSERT_TYPE(struct task_struct, __state, unsigned int);

/* compat_module.h: its copy of struct module_use, where the kernel hides it. */
#ifdef CONFIG_MODULE_UNLOAD
ASSERT_TYPE(struct module, source_list, struct list_head);
ASSERT_TYPE(struct module, target_list, struct list_head);
ASSERT_TYPE(struct module_use, target_list, struct list_head);
static_assert(offsetof(struct module_use, target_list) ==
	      sizeof(struct list_head));
static_assert(offsetof(struct module_use, source) ==
	      2 * sizeof(struct list_head));
static_assert(offsetof(struct module_use, target) ==
	      2 * sizeof(struct list_head) + sizeof(struct module *));
#endif

/* firmware_read.c: from a directory of sysfs to the functions that print. */
ASSERT_TYPE(struct kernfs_node, priv, void *);
ASSERT_TYPE(struct kobject, sd, struct kernfs_node *);
ASSERT_TYPE(struct kset, list_lock, spinlock_t);
ASSERT_TYPE(struct kobj_type, default_groups, const struct attribute_group **);
ASSERT_TYPE(struct attribute_group, attrs, struct attribute **);

/* pte.h: an entry has two words, and the present bit is in the first. */
static_assert(sizeof(pte_t) == 8);
static_assert(offsetof(pte_t, pte_low) == 0);
static_assert(offsetof(pte_t, pte_high) == 4);
static_assert(sizeof_field(pte_t, pte_low) == 4);
static_assert(_PAGE_PRESENT == 1);
static_assert(PAGE_SHIFT == 12 && PMD_SHIFT == 21);

/* window.c and area.c: finding entries, and the areas that they lie in. */
static_assert(__same_type(lookup_address,
			  pte_t *(unsigned long, unsigned int *)));
static_assert(__same_type(vm_map_ram,
			  void *(struct page **, unsigned int, int)));
static_assert(__same_type(vm_unmap_ram, void (const void *, unsigned int)));

/* claim.c and unmanaged.c: ranges above 4 GB in the tree of resources. */
static_assert(sizeof(resource_size_t) == sizeof(u64));
ASSERT_TYPE(struct resource, parent, struct resource *);
