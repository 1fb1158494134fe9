# SPDX-License-Identifier: GPL-2.0-only
#
# The machine of make kunit-kcsan, for kunit.py: 64 bits, two processors that
# run at once, and no pool: the suites bring their own.

import os

from ..qemu_config import QemuArchParams

QEMU_ARCH = QemuArchParams(
    linux_arch='x86_64',
    kconfig='',
    qemu_arch='x86_64',
    # Not the ELF file: its entry, PVH's, has no per-CPU area yet for KCSAN.
    kernel_path='arch/x86/boot/bzImage',
    # An emulated processor comes by fewer places than a real one, so more of
    # them are watched than the 1 of 4000 that is the default. no_timer_check: see
    # scripts/test/guest.
    kernel_command_line=('console=ttyS0 nokaslr no_timer_check panic=-1 kcsan.skip_watch=' +
                         os.environ.get('KCSAN_SKIP', '300')),
    # Without ACPI: SeaBIOS's MP table has one processor a socket.
    extra_qemu_params=['-cpu', 'qemu64', '-m', '1G', '-smp', '2,sockets=2',
                       '-accel', 'tcg,thread=multi'])
