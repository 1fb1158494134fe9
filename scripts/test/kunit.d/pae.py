# SPDX-License-Identifier: GPL-2.0-only
#
# The machine of make kunit, for kunit.py: memmap= keeps 1 GB at 4 GB for annex, and
# with mem= the kernel's RAM ends there, so its mem_map ends below the pool. annex
# itself claims the first half of the range and leaves the second to the suites: two
# pools and their windows, hence vmalloc=. At 1 GB 4 MB are kept, with RAM on both
# sides. At 6 GB, where only firmware's map has RAM, 2 MB are kept and 2 MB are said
# to be tables of ACPI's: neither is the kernel's memory, and only the first may be
# claimed.

import os

from ..qemu_config import QemuArchParams

QEMU_ARCH = QemuArchParams(
    linux_arch='i386',
    kconfig='',
    # A 32-bit guest above 4 GB wants the 64-bit QEMU.
    qemu_arch='x86_64',
    # The ELF file: an emulated processor unpacks a bzImage for seconds.
    kernel_path='vmlinux',
    # kunit.py appends kunit_shutdown=. Behind "--" it is an argument of init,
    # which looks for leaks and then powers off. no_timer_check: see scripts/test/guest.
    kernel_command_line=('console=ttyS0 nokaslr no_timer_check vmalloc=256M mem=5G '
                         'memmap=1G$4G memmap=4M$1G memmap=2M$6G memmap=2M#6146M '
                         'annex.memmap=1G$4G annex.claim=512M$4G '
                         'panic=-1 panic_on_warn=1 rdinit=/init --'),
    extra_qemu_params=['-cpu', 'qemu64', '-m', '6G', '-smp', '2',
                       '-accel', 'tcg,thread=multi',
                       '-initrd', os.environ['ANNEX_KUNIT_INITRAMFS']])
