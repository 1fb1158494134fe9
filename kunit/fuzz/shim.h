/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_FUZZ_SHIM_H
#define ANNEX_FUZZ_SHIM_H

/*
 * What stands for the kernel's headers when the sources of annex are built into
 * a program for the fuzzer. Lists, trees, bits and the like are those of the
 * kernel's own tools (tools/include); what is not there is here, as far as
 * the sources want it. scripts/test/fuzz makes an empty header for each name
 * that they include and that no other directory has.
 *
 * There is one thread and one CPU, of 32 bits, or of 64 where the machine runs no
 * 32-bit programs. Locks know whether they are held, and that lockdep_assert_held()
 * is right. Each target decides what runs while a thread would sleep: see
 * fuzz_wait().
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONFIG_X86_PAE		1
#define CONFIG_HIGHMEM		1

/* What stands below has the names of this kernel. */
#define KERNEL_VERSION(a, b, c)	(((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 1, 0)

/* The tools' u64 is an unsigned long where that has 64 bits; %llu wants the kernel's. */
#define uint64_t		unsigned long long
#define int64_t			long long
#include <linux/types.h>
#undef uint64_t
#undef int64_t
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/bits.h>
#include <linux/bitmap.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/gfp_types.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/rbtree.h>
#include <linux/sizes.h>
#include <linux/stringify.h>

/* Ends the run, and is a crash to the fuzzer. */
__noreturn __printf(3, 4) void fuzz_fail(const char *file, int line, const char *fmt, ...);
#define FUZZ_CHECK(cond, fmt, ...)					\
	do {								\
		if (!(cond))						\
			fuzz_fail(__FILE__, __LINE__, "%s: " fmt,	\
				  #cond, ##__VA_ARGS__);		\
	} while (0)
#define FUZZ_EQ(a, b)							\
	do {								\
		long long _a = (a), _b = (b);				\
									\
		if (_a != _b)						\
			fuzz_fail(__FILE__, __LINE__, "%s is %lld, %s is %lld", \
				  #a, _a, #b, _b);			\
	} while (0)

/* What the compiler is told. */
#ifndef __force
#define __force
#endif
#define __percpu
#define __iomem
#define __init
#define __exit
#define __malloc		__attribute__((__malloc__))
#define __read_mostly
#define ____cacheline_aligned_in_smp
#define __ro_after_init
#define noinline_for_stack	noinline
#define fallthrough		__attribute__((__fallthrough__))
#ifndef noinline
#define noinline		__attribute__((__noinline__))
#endif
#ifndef __maybe_unused
#define __maybe_unused		__attribute__((__unused__))
#endif

/* Numbers. */
#define U8_MAX			((u8)~0U)
#define U32_MAX			((u32)~0U)
#define U64_MAX			((u64)~0ULL)
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define PTR_ALIGN(p, a)		((typeof(p))ALIGN((unsigned long)(p), (a)))
#define rounddown(x, y)		((x) - (x) % (y))
#define __min_of(x, y)		((x) < (y) ? (x) : (y))
#define __max_of(x, y)		((x) > (y) ? (x) : (y))
#define clamp_t(type, v, lo, hi) min_t(type, max_t(type, v, lo), hi)

/* As in linux/overflow.h: they end at the largest number. */
static inline unsigned long size_add(unsigned long a, unsigned long b)
{
	unsigned long sum;

	return __builtin_add_overflow(a, b, &sum) ? ~0UL : sum;
}

static inline unsigned long size_mul(unsigned long a, unsigned long b)
{
	unsigned long product;

	return __builtin_mul_overflow(a, b, &product) ? ~0UL : product;
}

static inline u64 div_u64_rem(u64 n, u32 by, u32 *rest)
{
	*rest = n % by;
	return n / by;
}

static inline u64 div_u64(u64 n, u32 by)
{
	return n / by;
}

static inline u32 int_sqrt64(u64 n)
{
	u64 root = 0;

	while ((root + 1) * (root + 1) <= n)
		root++;
	return root;
}

#define int_sqrt(n)		int_sqrt64(n)
#define max3(a, b, c)		max(max(a, b), c)

static inline int hex_to_bin(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static inline bool list_is_first(const struct list_head *list,
				 const struct list_head *head)
{
	return list->prev == head;
}

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

/* Pages, and entries of PAE's tables. */
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGNED(x)		IS_ALIGNED((unsigned long)(x), PAGE_SIZE)
#define PMD_SHIFT		21
#define __pa(x)			((unsigned long)(x))
#define __va(x)			((void *)(unsigned long)(x))
#define PTRS_PER_PTE		512
#define _PAGE_PRESENT		1ULL
#define _PAGE_RW		2ULL

typedef union {
	struct {
		u32 pte_low, pte_high;
	};
	u64 pte;
} pte_t;
typedef struct { u64 pgprot; } pgprot_t;

#define PAGE_KERNEL		((pgprot_t){ _PAGE_PRESENT | _PAGE_RW })
#define __pte(v)		((pte_t){ .pte = (v) })

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte((u64)pfn << PAGE_SHIFT | prot.pgprot);
}

static inline u64 pte_val(pte_t pte)
{
	return pte.pte;
}

static inline bool pte_present(pte_t pte)
{
	return pte.pte & _PAGE_PRESENT;
}

static inline unsigned long pte_pfn(pte_t pte)
{
	return (pte.pte & 0xffffff000ULL) >> PAGE_SHIFT;
}

/* Atomic words, for one thread. */
static inline int fuzz_xchg(int *word, int new)
{
	int old = *word;

	*word = new;
	return old;
}

#define fuzz_try_cmpxchg(v, old, new)					\
	((v)->counter == *(old) ? ((v)->counter = (new), true) :	\
				  (*(old) = (v)->counter, false))
#define atomic_read(v)			READ_ONCE((v)->counter)
#define atomic_read_acquire(v)		atomic_read(v)
#define atomic_set(v, i)		WRITE_ONCE((v)->counter, (i))
#define atomic_set_release(v, i)	atomic_set(v, i)
#define atomic_xchg(v, new)		fuzz_xchg(&(v)->counter, new)
#define atomic_try_cmpxchg(v, old, new)	fuzz_try_cmpxchg(v, old, new)
#define try_cmpxchg(p, old, new)					\
	(*(p) == *(old) ? (*(p) = (new), true) : (*(old) = *(p), false))
#define atomic_inc(v)			((void)((v)->counter++))
#define atomic_dec(v)			((void)((v)->counter--))
#define atomic_sub(i, v)		((void)((v)->counter -= (i)))
#define atomic_long_read(v)		READ_ONCE((v)->counter)
#define atomic_long_set(v, i)		WRITE_ONCE((v)->counter, (i))
#define atomic_long_add(i, v)		((void)((v)->counter += (i)))
#define atomic_long_inc(v)		atomic_long_add(1, v)

#define xchg(p, v)							\
	({								\
		typeof(*(p)) _was = *(p);				\
									\
		*(p) = (v);						\
		_was;							\
	})
#define smp_store_release(p, v)		WRITE_ONCE(*(p), (v))
#define smp_load_acquire(p)		READ_ONCE(*(p))
#define fuzz_barrier()			__asm__ __volatile__("" : : : "memory")
#undef smp_mb
#undef smp_wmb
#undef smp_rmb
#define smp_mb()			fuzz_barrier()
#define smp_wmb()			fuzz_barrier()
#define smp_rmb()			fuzz_barrier()

/* One CPU, on which nothing interrupts. */
#define DECLARE_PER_CPU(type, name)	extern type name
#define DEFINE_PER_CPU(type, name)	type name
#define this_cpu_ptr(p)			(p)
#define per_cpu_ptr(p, cpu)		((void)(cpu), (p))
#define this_cpu_add(x, n)		((void)((x) += (n)))
#define this_cpu_inc(x)			this_cpu_add(x, 1)
#define preempt_count()			0
#define preempt_disable()		do { } while (0)
#define preempt_enable()		do { } while (0)
/* Of which there are only members. */
#define _TOOLS_LINUX_REFCOUNT_H
typedef struct {
	atomic_t refs;
} refcount_t;

/* Nothing fails on purpose: that is for the kernels. */
struct static_key_false {
	int unused;
};
#define static_branch_unlikely(key)	0

#define rcu_preempt_depth()		0
#define pagefault_disable()		((void)0)
#define pagefault_enable()		((void)0)
#define data_race(expr)			(expr)
#define migrate_disable()		do { } while (0)
#define migrate_enable()		do { } while (0)
#define irqs_disabled()			fuzz_irqs_off
#define in_nmi()			0
#define SOFTIRQ_OFFSET		0x100
#define HARDIRQ_MASK		0xf0000
#define NMI_MASK		0xf00000
#define smp_processor_id()	0
#define raw_smp_processor_id()	0
#define smp_call_function_single(cpu, fn, arg, wait)	(fn)(arg)
#define for_each_online_cpu(cpu)	for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define cpus_read_lock()	do { } while (0)
#define cpus_read_unlock()	do { } while (0)
#define in_hardirq()			0
#define in_serving_softirq()		0
#define in_interrupt()			0
#define cond_resched()			do { } while (0)
#define usleep_range(least, most)	do { } while (0)
#define USEC_PER_MSEC			1000
#define might_sleep()			do { } while (0)
#define might_sleep_if(cond)		do { } while (0)

extern bool fuzz_irqs_off;

struct task_struct {
	unsigned int __state;
	unsigned short migration_disabled;
	int pid;
};

extern struct task_struct fuzz_task;
#define current				(&fuzz_task)
#define TASK_DEAD			0x80
#define TASK_COMM_LEN			16

struct preempt_notifier {
	struct hlist_node link;
};

struct preempt_ops {
	void (*sched_in)(struct preempt_notifier *notifier, int cpu);
	void (*sched_out)(struct preempt_notifier *notifier,
			  struct task_struct *next);
};

#define preempt_notifier_inc()			((void)0)
#define preempt_notifier_dec()			((void)0)
#define preempt_notifier_init(notifier, ops)	((void)(notifier))
#define preempt_notifier_register(notifier)	((void)(notifier))

/* Locks. */
typedef struct {
	bool held;
} spinlock_t;

struct mutex {
	bool held;
};

#define __MUTEX_INITIALIZER(m)		{ .held = false }
#define mutex_init(m)			((void)((m)->held = false))
#define mutex_lock(m)			spin_lock(m)
#define mutex_unlock(m)			spin_unlock(m)
#define spin_lock_init(l)		((void)((l)->held = false))
#define spin_lock(l)							\
	do {								\
		FUZZ_CHECK(!(l)->held, "taken twice");			\
		(l)->held = true;					\
	} while (0)
#define spin_unlock(l)							\
	do {								\
		FUZZ_CHECK((l)->held, "given back and not held");	\
		(l)->held = false;					\
	} while (0)
#define spin_lock_nest_lock(l, outer)	spin_lock(l)
#define spin_lock_irqsave(l, flags)					\
	do {								\
		(flags) = fuzz_irqs_off;				\
		fuzz_irqs_off = true;					\
		spin_lock(l);						\
	} while (0)
#define spin_unlock_irqrestore(l, flags)				\
	do {								\
		spin_unlock(l);						\
		fuzz_irqs_off = (flags);				\
	} while (0)
#define spin_lock_irq(l)						\
	do {								\
		fuzz_irqs_off = true;					\
		spin_lock(l);						\
	} while (0)
#define spin_unlock_irq(l)						\
	do {								\
		spin_unlock(l);						\
		fuzz_irqs_off = false;					\
	} while (0)
#define local_irq_disable()		((void)(fuzz_irqs_off = true))
#define local_irq_enable()		((void)(fuzz_irqs_off = false))
#define local_irq_save(flags)						\
	do {								\
		(flags) = fuzz_irqs_off;				\
		fuzz_irqs_off = true;					\
	} while (0)
#define local_irq_restore(flags)	((void)(fuzz_irqs_off = (flags)))
#define lockdep_assert_held(l)		FUZZ_CHECK((l)->held, "not held")

/* Waiting: a target in which somebody waits says what happens meanwhile. */
struct completion {
	bool done;
};

void fuzz_wait(struct completion *c);
#define init_completion(c)		((void)((c)->done = false))
#define complete(c)			((void)((c)->done = true))
#define completion_done(c)		((c)->done)
#define wait_for_completion(c)		fuzz_wait(c)

/* What is only a member of what the sources know. */
typedef struct { int unused; } wait_queue_head_t;
struct wait_queue_entry { int unused; };
typedef struct wait_queue_entry wait_queue_entry_t;
struct rw_semaphore { int unused; };
struct work_struct { int unused; };
struct rcu_work {
	struct work_struct work;
	void (*fn)(struct work_struct *work);
};
struct rcu_head { int unused; };
struct irq_work { int unused; };
struct notifier_block { int unused; };
struct llist_node { struct llist_node *next; };
struct llist_head { struct llist_node *first; };
struct ratelimit_state { int unused; };
struct resource { int unused; };
struct seq_file;
struct dentry;
typedef u32 depot_stack_handle_t;
typedef unsigned int slab_flags_t;
#define SLAB_RED_ZONE		0x400
#define SLAB_POISON		0x800
#define SLAB_STORE_USER		0x10000

/* RCU: a target says when a grace period is over. */
bool fuzz_queue_rcu_work(struct rcu_work *work);
void fuzz_flush_rcu_work(struct rcu_work *work);
void fuzz_synchronize_rcu(void);
#define rcu_read_lock()			do { } while (0)
#define rcu_read_unlock()		do { } while (0)
#undef synchronize_rcu
#define synchronize_rcu()		fuzz_synchronize_rcu()
#define to_rcu_work(w)			container_of(w, struct rcu_work, work)
#define INIT_RCU_WORK(w, f)		((void)((w)->fn = (f)))
#define queue_rcu_work(wq, w)		fuzz_queue_rcu_work(w)
#define flush_rcu_work(w)		fuzz_flush_rcu_work(w)

/* Memory: libc's, watched by ASan. */
#define kzalloc(size, gfp)		calloc(1, size)
#define get_zeroed_page(gfp)		((unsigned long)calloc(1, PAGE_SIZE))
#define free_page(addr)			free((void *)(addr))
#define virt_to_page(addr)		(addr)
#define page_to_pfn(page)		((unsigned long)(page) >> PAGE_SHIFT)
#define clear_page(addr)		memset(addr, 0, PAGE_SIZE)
#define strscpy(to, from, size)		snprintf(to, size, "%s", from)
#define kvmalloc_array(n, size, gfp)	calloc(n, size)
#define kvfree(p)			free((void *)(p))
#define kfree(p)			free((void *)(p))

static inline void *kmemdup(const void *from, size_t size, gfp_t gfp)
{
	void *to = malloc(size);

	return to ? memcpy(to, from, size) : NULL;
}

static inline void seq_printf(struct seq_file *m, const char *fmt, ...)
{
}

static inline void seq_puts(struct seq_file *m, const char *text)
{
}

static inline void memset32(u32 *p, u32 value, size_t n)
{
	while (n--)
		*p++ = value;
}

static inline void memset_p(void **p, void *value, size_t n)
{
	while (n--)
		*p++ = value;
}

/* What happens is not traced. */
#define TP_PROTO(...)		__VA_ARGS__
#define TRACE_EVENT(name, proto, ...)					\
	static inline void trace_##name(proto) { }
#define DECLARE_EVENT_CLASS(name, ...)
#define DEFINE_EVENT(class, name, proto, ...)				\
	static inline void trace_##name(proto) { }
#define DEFINE_EVENT_PRINT(class, name, proto, ...)			\
	static inline void trace_##name(proto) { }

/* Parameters: a target sets them by name and calls what the kernel would. */
void fuzz_param(const char *name, void *value);
#define module_param_named(name, value, type, perm)			\
	static void __attribute__((__constructor__)) param_##name(void)	\
	{								\
		fuzz_param(#name, &(value));				\
	}
#define module_param(name, type, perm) module_param_named(name, name, type, perm)
#define module_init(fn)		int fuzz_module_init(void) { return fn(); }
#define late_initcall_sync(fn)	module_init(fn)
#define module_exit(fn)		void fuzz_module_exit(void) { fn(); }
#define EXPORT_SYMBOL_NS_GPL(...)
#define MODULE_PARM_DESC(...)
#define MODULE_DESCRIPTION(...)
#define MODULE_AUTHOR(...)
#define MODULE_VERSION(...)
#define MODULE_LICENSE(...)
int fuzz_module_init(void);
void fuzz_module_exit(void);

/* Messages are discarded: printing would slow down a million runs. */
#define printk(...)			do { } while (0)
#define pr_err(fmt, ...)		fuzz_print(fmt, ##__VA_ARGS__)
#define pr_info(fmt, ...)		fuzz_print(fmt, ##__VA_ARGS__)
#define pr_warn(fmt, ...)		fuzz_print(fmt, ##__VA_ARGS__)

struct va_format {
	const char *fmt;
	va_list *va;
};

__printf(1, 2)
static inline void fuzz_print(const char *fmt, ...)
{
}

#endif /* ANNEX_FUZZ_SHIM_H */
