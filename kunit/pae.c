// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suites that need a 32-bit PAE kernel. They use the second half of the
 * range that memmap= kept from the kernel; annex itself has the first.
 */
#include <kunit/test.h>

#include "suites.h"

kunit_test_suites(&annex_claim_suite,
		  &annex_window_suite,
		  &annex_instance_suite,
		  &annex_held_suite,
		  &annex_fail_load_suite,
		  &annex_map_pae_suite,
		  &annex_vm_real_suite,
		  &annex_paging_suite,
		  &annex_pgtable_mmu_suite,
		  &annex_api_suite,
		  &annex_api_ports_suite,
		  &annex_hotplug_suite,
		  &annex_locked_suite);
