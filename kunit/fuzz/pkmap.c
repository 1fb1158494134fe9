// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/kmap/pkmap_table.c src/kmap/pkmap.c
// fuzz: src/validate/validate_map.c src/validate/validate.c
/*
 * Permanent mappings, with a few slots for many frames, against the number of
 * users of each frame.
 *
 * Each request for an address has a thread of its own, because it may wait. But
 * only one thread runs at a time, and the input says which: the main thread
 * goes on when a mapping is done or waits, and a waiting thread that has been
 * given its slot goes on when the input says so. In the end everything is
 * given back, and if somebody still waits then, a wake-up was lost.
 *
 * There is a TLB, too: it keeps what a slot showed until it is told to forget it.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "fuzz.h"
#include "host/pte.h"
#include "host/window.h"
#include "kmap/kmap_fast.h"
#include "kmap/pkmap.h"
#include "page/report.h"
#include "pool/pool.h"

#define FRAMES		64
#define LOWMEM		8
#define SLOTS_MAX	16
#define THREADS		6
#define WINDOW		0x40007000UL

/* So many at once, so that the most that a slot can have are not out of reach. */
#define CROWD		((u32)ANNEX_PKMAP_USERS_MAX - 3)

enum { IDLE, RUNNING, WAITING };

/**
 * struct thread - a thread that requests an address
 * @id: the thread
 * @go: it may run
 * @state: what it does
 * @nr: the frame it wants
 * @addr: what it was given
 * @done: what it waits for
 * @place: when it began to wait
 */
struct thread {
	pthread_t id;
	sem_t go;
	unsigned int state;
	unsigned int nr;
	void *addr;
	struct completion *done;
	unsigned long place;
};

static struct model {
	struct annex annex;
	struct annex_events events;
	struct annex_page *mem_map;
	struct annex_pkmap_slot *metadata;
	pte_t pte[2 * PTRS_PER_PTE];
	pte_t *table[2];
	u32 users[FRAMES];
	void *addr[FRAMES];
	unsigned long tlb[SLOTS_MAX];
	unsigned long places;
	bool crowded;
} m;

static struct thread threads[THREADS];
static struct thread *running;
static sem_t main_go;

/* What the table wants of others. */
u64 annex_pte_bits = _PAGE_PRESENT | _PAGE_RW;

int annex_refuse_call(struct annex_frames *frames, enum annex_counter counter,
		      int err, const char *call, const char *why)
{
	return err;
}

int annex_refuse_page(struct annex_frames *frames, enum annex_counter counter,
		      int err, const char *call, const struct annex_page *page)
{
	return err;
}

unsigned long annex_window_pfn(const struct annex_window *win,
			       unsigned long idx)
{
	return annex_pte_pfn(annex_window_pte(win, idx));
}

void annex_tlb_flush_range(void *addr, unsigned long nr_pages)
{
	unsigned long i = ((unsigned long)addr - WINDOW) >> PAGE_SHIFT;

	FUZZ_CHECK(i + nr_pages <= m.annex.pkmap.nr_slots, "beyond the window");
	FUZZ_CHECK(!m.annex.pkmap.lock.held, "with the lock held");
	memset(m.tlb + i, 0, nr_pages * sizeof(*m.tlb));
}

/* Threads */

/* The signal of the fuzzer's timer ends a wait, although nothing was posted. */
static void wait_for(sem_t *sem)
{
	while (sem_wait(sem))
		FUZZ_EQ(errno, EINTR);
}

static void let_go(struct thread *t)
{
	running = t;
	sem_post(&t->go);
	wait_for(&main_go);
	running = NULL;
}

void fuzz_wait(struct completion *c)
{
	struct thread *t = running;

	FUZZ_CHECK(!fuzz_irqs_off && !m.annex.pkmap.lock.held, "sleeps");
	t->done = c;
	t->place = ++m.places;
	t->state = WAITING;
	sem_post(&main_go);
	wait_for(&t->go);
	FUZZ_CHECK(c->done, "woken too early");
	t->state = RUNNING;
}

static const struct annex_page *page_of(unsigned int nr)
{
	return m.annex.frames.mem_map + nr;
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	for (;;) {
		wait_for(&t->go);
		t->addr = annex_kmap_fast(&m.annex.pkmap, page_of(t->nr));
		t->state = IDLE;
		sem_post(&main_go);
	}
	return NULL;
}

static void start_threads(void)
{
	unsigned int i;

	if (threads[0].id)
		return;
	sem_init(&main_go, 0, 0);
	for (i = 0; i < THREADS; i++) {
		sem_init(&threads[i].go, 0, 0);
		pthread_create(&threads[i].id, NULL, thread_main, &threads[i]);
	}
}

/* Mapping */

static void *lowmem_addr(unsigned int nr)
{
	return m.annex.frames.lowmem + (nr << PAGE_SHIFT);
}

static unsigned long slot_of(const void *addr)
{
	return ((unsigned long)addr - WINDOW) >> PAGE_SHIFT;
}

/* A frame has got a user, at an address that no other frame has. */
static void note_mapped(unsigned int nr, void *addr)
{
	unsigned int i;

	if (nr < LOWMEM) {
		FUZZ_CHECK(addr == lowmem_addr(nr), "%p", addr);
		return;
	}
	FUZZ_CHECK(slot_of(addr) < m.annex.pkmap.nr_slots, "%p", addr);
	for (i = 0; i < FRAMES; i++)
		FUZZ_CHECK(!m.users[i] || (m.addr[i] == addr) == (i == nr),
			   "frames %u and %u", i, nr);
	FUZZ_EQ(annex_window_pfn(m.annex.pkmap.window, slot_of(addr)),
		m.annex.frames.base_pfn + nr);
	FUZZ_CHECK(annex_pkmap_addr_page(&m.annex.pkmap, addr) == page_of(nr),
		   "%p", addr);
	m.users[nr]++;
	m.addr[nr] = addr;
}

/* A thread has gone on and is idle, or waits. */
static void see(struct thread *t)
{
	if (t->state != IDLE)
		return;
	if (t->addr)
		note_mapped(t->nr, t->addr);
	else
		FUZZ_EQ(m.users[t->nr], ANNEX_PKMAP_USERS_MAX);
}

static void map(unsigned int nr)
{
	struct thread *t = threads;

	while (t < threads + THREADS && t->state != IDLE)
		t++;
	if (t == threads + THREADS)
		return;
	t->state = RUNNING;
	t->nr = nr;
	let_go(t);
	see(t);
}

/* One that has been given a slot goes on; false if there is none. */
static bool resume(unsigned int first)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		struct thread *t = &threads[(first + i) % THREADS];

		if (t->state != WAITING || !t->done->done)
			continue;
		let_go(t);
		see(t);
		return true;
	}
	return false;
}

static void unmap(unsigned int nr)
{
	int err = annex_kunmap_fast(&m.annex.pkmap, page_of(nr));

	if (nr < LOWMEM) {
		FUZZ_EQ(err, 0);
		return;
	}
	FUZZ_EQ(err, m.users[nr] ? 0 : -EALREADY);
	if (m.users[nr])
		m.users[nr]--;
}

static void get_high(unsigned int nr)
{
	void *addr = __annex_kmap_high_get(&m.annex.pkmap, page_of(nr));

	if (addr)
		note_mapped(nr, addr);
	else
		FUZZ_CHECK(!m.users[nr] ||
			   m.users[nr] == ANNEX_PKMAP_USERS_MAX, "frame %u", nr);
}

static void ask_address(unsigned int nr)
{
	void *addr = __annex_page_address(&m.annex.pkmap, page_of(nr));

	if (nr < LOWMEM)
		FUZZ_CHECK(addr == lowmem_addr(nr), "%p", addr);
	else if (m.users[nr])
		FUZZ_CHECK(addr == m.addr[nr], "%p, not %p", addr, m.addr[nr]);
}

static void flush(void)
{
	const struct annex_pkmap *pk = &m.annex.pkmap;
	unsigned int i, nr = 0;

	for (i = 0; i < pk->nr_slots; i++)
		nr += annex_pkmap_count(&pk->slot[i]) == 1;
	FUZZ_EQ(__annex_kmap_flush_unused(&m.annex.pkmap), nr);
}

/* Nearly as many users as there can be; the same call again takes them away. */
static void crowd(unsigned int nr)
{
	const struct annex_pkmap *pk = &m.annex.pkmap;
	struct annex_pkmap_slot *slot;

	if (m.crowded ? m.users[nr] <= CROWD :
			!m.users[nr] || m.users[nr] > 3)
		return;
	slot = pk->slot + slot_of(m.addr[nr]);
	slot->word.counter += m.crowded ? -CROWD : CROWD;
	m.users[nr] += m.crowded ? -CROWD : CROWD;
	m.crowded = !m.crowded;
}

/* What is refused: no frame, or no time to wait. */
static void misuse(unsigned int nr)
{
	const struct annex_page *stray = (void *)page_of(FRAMES) + nr;
	void *addr;

	FUZZ_CHECK(!annex_kmap_fast(&m.annex.pkmap, stray),
		   "a stray is mapped");
	FUZZ_EQ(annex_kunmap_fast(&m.annex.pkmap, stray), -EFAULT);
	FUZZ_CHECK(!__annex_kmap_high_get(&m.annex.pkmap, stray), "a stray");
	FUZZ_CHECK(!__annex_page_address(&m.annex.pkmap, stray), "a stray");
	fuzz_irqs_off = true;
	addr = annex_kmap_fast(&m.annex.pkmap, page_of(nr));
	FUZZ_CHECK(!addr, "mapped in atomic context");
	FUZZ_EQ(__annex_kmap_flush_unused(&m.annex.pkmap), -EINVAL);
	fuzz_irqs_off = false;
}

/* Checking */

/* A read through each mapped slot finds the slot's own frame. */
static void touch(void)
{
	const struct annex_pkmap *pk = &m.annex.pkmap;
	unsigned int i;

	for (i = 0; i < pk->nr_slots; i++) {
		unsigned long pfn = annex_window_pfn(pk->window, i);

		if (pfn == ANNEX_WINDOW_NONE)
			continue;
		FUZZ_CHECK(!m.tlb[i] || m.tlb[i] == pfn,
			   "slot %u: stale %#lx", i, m.tlb[i]);
		m.tlb[i] = pfn;
	}
}

/* First come, first served. */
static void check_line(void)
{
	unsigned long served = 0, first = ~0UL;
	unsigned int i, nr = 0;

	for (i = 0; i < THREADS; i++) {
		const struct thread *t = &threads[i];

		if (t->state != WAITING)
			continue;
		if (t->done->done) {
			served = max(served, t->place);
		} else {
			first = min(first, t->place);
			nr++;
		}
	}
	FUZZ_CHECK(served < first, "%lu before %lu", served, first);
	FUZZ_EQ(m.annex.pkmap.nr_waiting, nr);
}

static void check_users(void)
{
	const struct annex_pkmap *pk = &m.annex.pkmap;
	unsigned int i, used = 0, nr = 0;

	for (i = 0; i < pk->nr_slots; i++) {
		unsigned int count = annex_pkmap_count(&pk->slot[i]);

		used += count > 1;
		FUZZ_CHECK(count != 1 || !pk->nr_waiting,
			   "slot %u is unused and somebody waits", i);
	}
	for (i = 0; i < FRAMES; i++) {
		if (!m.users[i])
			continue;
		nr++;
		FUZZ_EQ(annex_pkmap_count(pk->slot + slot_of(m.addr[i])),
			m.users[i] + 1);
	}
	FUZZ_EQ(used, nr);
}

static void check(void)
{
	touch();
	check_line();
	check_users();
	annex_validate_pkmap(&m.annex, fuzz_violation, NULL);
}

static void step(struct fuzz_input *in)
{
	u8 op = fuzz_u8(in);
	unsigned int nr = fuzz_below(in, FRAMES);

	switch (op & 15) {
	case 0 ... 4:
		map(nr);
		break;
	case 5 ... 8:
		unmap(nr);
		break;
	case 9:
		get_high(nr);
		break;
	case 10:
		ask_address(nr);
		break;
	case 11:
		flush();
		break;
	case 12 ... 13:
		resume(nr);
		break;
	case 14:
		crowd(nr);
		break;
	default:
		misuse(nr);
	}
}

static void open_pool(struct fuzz_input *in)
{
	static struct annex_window window = { .name = "pkmap" };
	struct annex *annex = &m.annex;
	unsigned int slots = 2U << fuzz_below(in, 4);

	memset(&m, 0, sizeof(m));
	annex->pkmap.frames = &annex->frames;
	annex->frames.nr_pages = FRAMES;
	annex->frames.lowmem_pages = LOWMEM;
	annex->frames.lowmem = (void *)0x20000000UL;
	annex->frames.base_pfn = fuzz_u16(in) << 4 | 1;
	annex->frames.counters.events = &m.events;
	annex->frames.mem_map = calloc(FRAMES, sizeof(*annex->frames.mem_map));
	annex->pkmap_slots = slots;
	m.table[0] = m.pte;
	m.table[1] = m.pte + PTRS_PER_PTE;
	window.addr = (void *)WINDOW;
	window.nr_pages = slots;
	window.tables = m.table;
	m.metadata = calloc(1, annex_pkmap_bytes(slots));
	annex_pkmap_init(&annex->pkmap, slots, &window, m.metadata);
}

/* Unmap everything, again and again, until no thread waits. */
static void clean_up(void)
{
	unsigned int nr, i;

	for (i = 0; i <= 2 * THREADS; i++) {
		for (nr = LOWMEM; nr < FRAMES; nr++) {
			if (m.crowded && m.users[nr] > CROWD)
				crowd(nr);
			while (m.users[nr])
				unmap(nr);
		}
		check();
		while (resume(0))
			check();
	}
	for (i = 0; i < THREADS; i++)
		FUZZ_CHECK(threads[i].state == IDLE, "a wake-up was lost");
	flush();
	check();
	FUZZ_EQ(m.annex.pkmap.nr_free, m.annex.pkmap.nr_slots);
	FUZZ_EQ(annex_pkmap_exit(&m.annex.pkmap), 0);
	free(m.metadata);
	free(m.annex.frames.mem_map);
}

void fuzz_target(struct fuzz_input *in)
{
	start_threads();
	open_pool(in);
	while (fuzz_more(in)) {
		step(in);
		check();
	}
	clean_up();
}
