# SPDX-License-Identifier: GPL-2.0-only
"""How scripts/build/docs has Sphinx make HTML."""
import os

project = "annex"
release = version = os.environ["annex_version"]
copyright = "the annex developers"
master_doc = "index"
html_theme = "alabaster"
html_theme_options = {
    "description": "a second memory manager for 32-bit x86 PAE kernels",
    "page_width": "64em",
}
html_show_sphinx = False
html_extra_path = ["html"]
html_copy_source = False
primary_domain = "c"
highlight_language = "none"

# What the C of a kernel has besides.
c_id_attributes = ["__iomem", "__malloc"]
