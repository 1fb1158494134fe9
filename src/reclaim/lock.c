// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page locks, and waiting for a bit of a descriptor or of a folio.
 *
 * One bit of the head's state word, LOCKED, is the page lock. A second bit,
 * WAITERS, says that threads wait for it. Without waiters, lock and unlock are
 * one compare-and-exchange each.
 *
 *              lock                          lock: queue up
 *            ------->          ------------------------->  LOCKED
 *   (clear)            LOCKED                             WAITERS
 *            <-------          <----------------------.    |  ^
 *             unlock                                   \   `--'
 *      ^                                                \  unlock: hand over
 *      `-- unlock, queue empty --------------------------'  to the first
 *
 * With WAITERS set, unlock goes to the wait queue. It does not clear LOCKED,
 * which would let a newcomer take the lock first. It leaves the bit set and
 * hands the lock to the first waiter: no thread overtakes the queue, and the
 * waiter owns the lock before it runs. WAITERS stays set until an unlock finds
 * no waiter for the lock.
 *
 * Waiters are in hashed wait queues of the pool. A waiter for the lock has an
 * exclusive entry at the tail, in the order of arrival. A waiter that only
 * wants to see the bit clear once has a non-exclusive entry at the head, and
 * all of these are woken together.
 *
 * No wake-up is lost. A waiter sets WAITERS and enters the queue under the
 * queue's lock, and the exchange that sets WAITERS also sees the other bit set.
 * A waker clears that bit either by an exchange that sees WAITERS clear, or
 * under the queue's lock.
 *
 * Once the bit is clear, only the address of the word is used, so the object
 * that contains the word may be freed from then on.
 *
 * Locking: the queue's lock, inside which only the locks of a thread wake-up
 * are taken; with interrupts off, since pages are unlocked and writeback ends
 * in interrupts.
 *
 * Failing: an errno for frames that cannot be locked; the public functions
 * report it.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/report.h"
#include "reclaim/lock.h"

#define LOCKED	((u32)BIT(ANNEX_PG_LOCKED))
#define WAITERS	((u32)BIT(ANNEX_PG_WAITERS))

/* In the word of a free frame, the bit of LOCKED is part of the order. */
#define IS_LOCKED_MASK	(ANNEX_PAGE_STATE_MASK | LOCKED)
#define IS_LOCKED	(ANNEX_PAGE_USED | LOCKED)

/**
 * struct waiter - a waiting thread, on its own stack
 * @entry: its entry in the queue; exclusive if it waits for the lock
 * @word: the word whose bit it waits for
 * @done: set by the waker: the bit was cleared, or the thread has the lock
 */
struct waiter {
	wait_queue_entry_t entry;
	const atomic_t *word;
	bool done;
};

/**
 * struct wake_key - which waiters a waker wakes
 * @word: those that wait for a bit of this word
 * @exclusive: WQ_FLAG_EXCLUSIVE for the first waiter for the lock, 0 for all
 *	other waiters
 * @woken: at least one was woken
 */
struct wake_key {
	const atomic_t *word;
	unsigned int exclusive;
	bool woken;
};

/* Called for each entry of the queue, under its lock. */
static int wake_function(wait_queue_entry_t *entry, unsigned int mode, int sync,
			 void *arg)
{
	struct waiter *w = container_of(entry, struct waiter, entry);
	struct wake_key *key = arg;

	if (w->word != key->word || entry->flags != key->exclusive)
		return 0;
	key->woken = true;
	/* Pairs with sleep(): the woken thread sees all earlier stores. */
	smp_store_release(&w->done, true);
	default_wake_function(entry, mode, sync, NULL);
	/* The last access: the entry is gone once its thread sees this. */
	list_del_init_careful(&entry->entry);
	return 1;
}

static bool wake_waiters(wait_queue_head_t *q, const atomic_t *word,
			 unsigned int exclusive)
{
	struct wake_key key = { .word = word, .exclusive = exclusive };

	__wake_up_locked_key(q, TASK_NORMAL, &key);
	return key.woken;
}

static void waiter_init(struct waiter *w, const atomic_t *word,
			unsigned int exclusive)
{
	init_wait_entry(&w->entry, exclusive);
	w->entry.func = wake_function;
	w->word = word;
	w->done = false;
}

static void sleep(wait_queue_head_t *q, struct waiter *w)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		/* Pairs with wake_function(). */
		if (smp_load_acquire(&w->done))
			break;
		io_schedule();
	}
	/* The waker may still have to unlink the entry. */
	finish_wait(q, &w->entry);
}

static wait_queue_head_t *queue_of(struct annex_waits *waits,
				   const atomic_t *word)
{
	return &waits->queue[hash_ptr(word, ANNEX_WAIT_QUEUE_BITS)];
}

/**
 * annex_waits_init() - initialise the wait queues, empty
 * @waits: the queues of a pool that is not in use yet
 */
void annex_waits_init(struct annex_waits *waits)
{
	unsigned int i;

	for (i = 0; i < ANNEX_WAIT_QUEUES; i++)
		init_waitqueue_head(&waits->queue[i]);
}

/* Set @waiters if the bits of @mask equal @value; false if they do not. */
static bool ask(atomic_t *word, u32 mask, u32 value, u32 waiters)
{
	int old = atomic_read(word);

	do {
		if (((u32)old & mask) != value)
			return false;
	} while (!atomic_try_cmpxchg(word, &old, (int)((u32)old | waiters)));
	return true;
}

/**
 * annex_wait_while() - sleep until a bit of a word has been clear once
 * @waits: the queues of the pool
 * @word: the word, which must not go away before that
 * @mask: the bit, which annex_clear_bit_and_wake() or annex_page_unlock() will
 *	clear, and the bits that must have a certain value for it to be valid
 * @value: the value of the masked bits while the caller has to wait
 * @waiters: the bit of the same word that says that threads wait
 *
 * Context: process, may sleep.
 */
void annex_wait_while(struct annex_waits *waits, atomic_t *word, u32 mask,
		      u32 value, u32 waiters)
{
	wait_queue_head_t *q = queue_of(waits, word);
	struct waiter w;
	bool must;

	might_sleep();
	if (((u32)atomic_read_acquire(word) & mask) != value)
		return;
	waiter_init(&w, word, 0);
	spin_lock_irq(&q->lock);
	must = ask(word, mask, value, waiters);
	if (must)
		__add_wait_queue(q, &w.entry);
	spin_unlock_irq(&q->lock);
	if (must)
		sleep(q, &w);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_wait_while);

/* There may be waiters: clear under the queue's lock, and wake them. */
static bool clear_slow(struct annex_waits *waits, atomic_t *word, u32 bit,
		       u32 also, u32 waiters)
{
	wait_queue_head_t *q = queue_of(waits, word);
	unsigned long flags;
	bool was;

	spin_lock_irqsave(&q->lock, flags);
	was = (u32)atomic_fetch_andnot((int)(bit | also | waiters), word) & bit;
	wake_waiters(q, word, 0);
	spin_unlock_irqrestore(&q->lock, flags);
	return was;
}

/**
 * annex_clear_bit_and_wake() - clear a bit and wake all its waiters
 * @waits: the queues of the pool
 * @word: the word; not accessed once the bit is clear
 * @bit: the bit, as a mask
 * @also: bits that are cleared with it, by the same exchange
 * @waiters: as for annex_wait_while()
 *
 * Context: any but NMI. A full barrier if the bit was set.
 * Return: true if it was set.
 */
bool annex_clear_bit_and_wake(struct annex_waits *waits, atomic_t *word,
			      u32 bit, u32 also, u32 waiters)
{
	int old = atomic_read(word);

	do {
		if (!(old & bit))
			return false;
		if (old & waiters)
			return clear_slow(waits, word, bit, also, waiters);
	} while (!atomic_try_cmpxchg(word, &old,
				     (int)((u32)old & ~(bit | also))));
	return true;
}

/* 0 if we got the lock, 1 if it is taken, -EINVAL for an unused frame. */
static int try_lock(struct annex_page *head)
{
	if (likely(!annex_page_set_bit(head, ANNEX_PG_LOCKED)))
		return 0;
	return annex_page_state(head) == ANNEX_PAGE_USED ? 1 : -EINVAL;
}

static int lock_slow(struct annex_frames *frames, struct annex_page *head)
{
	wait_queue_head_t *q = queue_of(&frames->reclaim->waits, &head->state);
	struct waiter w;
	int err;

	waiter_init(&w, &head->state, WQ_FLAG_EXCLUSIVE);
	spin_lock_irq(&q->lock);
	do {
		if (ask(&head->state, IS_LOCKED_MASK, IS_LOCKED, WAITERS)) {
			__add_wait_queue_entry_tail(q, &w.entry);
			spin_unlock_irq(&q->lock);
			/* unlock_slow() hands the lock to us. */
			sleep(q, &w);
			return 0;
		}
		err = try_lock(head);
	} while (err > 0);
	spin_unlock_irq(&q->lock);
	return err;
}

/* Unlock, as there is no waiter for the lock; false if it is not locked. */
static bool clear_lock(struct annex_page *head)
{
	int old = atomic_read(&head->state);

	do {
		if (((u32)old & (ANNEX_PAGE_STATE_MASK | LOCKED)) !=
		    (ANNEX_PAGE_USED | LOCKED))
			return false;
	} while (!atomic_try_cmpxchg(&head->state, &old,
				     (int)((u32)old & ~(LOCKED | WAITERS))));
	return true;
}

/* There may be waiters: hand the lock to the first one. */
static int unlock_slow(struct annex_frames *frames, struct annex_page *head)
{
	wait_queue_head_t *q = queue_of(&frames->reclaim->waits, &head->state);
	unsigned long flags;
	int err = -EINVAL;

	spin_lock_irqsave(&q->lock, flags);
	if (annex_page_test_flag(head, ANNEX_PG_LOCKED)) {
		if (wake_waiters(q, &head->state, WQ_FLAG_EXCLUSIVE) ||
		    clear_lock(head))
			err = 0;
		wake_waiters(q, &head->state, 0);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return err;
}

/**
 * annex_page_unlock() - unlock a page, and report nothing
 * @frames: the frames of the pool
 * @head: the head of a block
 *
 * Context: any but NMI. A full barrier.
 * Return: 0; -EINVAL if it is not locked.
 */
int annex_page_unlock(struct annex_frames *frames, struct annex_page *head)
{
	int old = atomic_read(&head->state);

	do {
		if (((u32)old & IS_LOCKED_MASK) != IS_LOCKED)
			return -EINVAL;
		if (old & WAITERS)
			return unlock_slow(frames, head);
	} while (!atomic_try_cmpxchg(&head->state, &old,
				     (int)((u32)old & ~LOCKED)));
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_unlock);

/* The head whose lock is that of @page, or an ERR_PTR(). */
static struct annex_page *lockable_head(struct annex_frames *frames,
					struct annex_page *page)
{
	struct annex_page *head;

	if (unlikely(annex_page_nr(frames, page) >= frames->nr_pages))
		return ERR_PTR(-EFAULT);
	head = annex_head_of(frames, page);
	if (unlikely(annex_page_state(head) != ANNEX_PAGE_USED))
		return ERR_PTR(-EINVAL);
	/* annex frees its own blocks at any time; a lock would prevent that. */
	return likely(!((u32)atomic_read(&head->state) & ANNEX_PG_ANNEX_HAS)) ?
		       head : ERR_PTR(-EPERM);
}

static int refuse(struct annex_frames *frames, struct annex_page *page, int err,
		  const char *call)
{
	return annex_refuse_page(frames, ANNEX_BAD_FLAG, err, call, page);
}

/* annex_lock_page() in a pool. */
int __annex_lock_page(struct annex_frames *frames, struct annex_page *page)
{
	struct annex_page *head;
	int err;

	if (annex_refused_atomic(frames, ANNEX_BAD_FLAG, "lock_page"))
		return -EINVAL;
	might_sleep();
	head = lockable_head(frames, page);
	if (IS_ERR(head))
		return refuse(frames, page, PTR_ERR(head), "lock_page");
	err = try_lock(head);
	if (unlikely(err > 0))
		err = lock_slow(frames, head);
	return likely(!err) ? 0 : refuse(frames, page, err, "lock_page");
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_lock_page);

/* annex_trylock_page() in a pool. */
bool __annex_trylock_page(struct annex_frames *frames, struct annex_page *page)
{
	struct annex_page *head = lockable_head(frames, page);
	int err = IS_ERR(head) ? PTR_ERR(head) : try_lock(head);

	if (unlikely(err < 0))
		refuse(frames, page, err, "trylock_page");
	return !err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_trylock_page);

/* annex_unlock_page() in a pool. */
int __annex_unlock_page(struct annex_frames *frames, struct annex_page *page)
{
	struct annex_page *head;
	int err;

	/* A wake-up takes a lock whose holder the NMI may have interrupted. */
	if (annex_refused_nmi(frames, ANNEX_BAD_FLAG, "unlock_page"))
		return -EINVAL;
	head = lockable_head(frames, page);
	err = IS_ERR(head) ? PTR_ERR(head) : annex_page_unlock(frames, head);
	return likely(!err) ? 0 : refuse(frames, page, err, "unlock_page");
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_unlock_page);

/* annex_wait_on_page_locked() in a pool. */
int __annex_wait_on_page_locked(struct annex_frames *frames,
				struct annex_page *page)
{
	struct annex_page *head;

	if (annex_refused_atomic(frames, ANNEX_BAD_FLAG, "wait_on_page_locked"))
		return -EINVAL;
	might_sleep();
	head = lockable_head(frames, page);
	if (IS_ERR(head))
		return refuse(frames, page, PTR_ERR(head),
			      "wait_on_page_locked");
	annex_wait_while(&frames->reclaim->waits, &head->state, IS_LOCKED_MASK,
			 IS_LOCKED, WAITERS);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_wait_on_page_locked);
