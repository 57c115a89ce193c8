"""Settings of the kernels in .venv/: short errors, with hints for those that everyone makes once.

So even a kernel that was restarted in the middle of a lesson, in which no cell has imported
`helpers` yet, can say where to begin. Set-up copies this file to .venv/etc/ipython/.
"""

c = get_config()  # noqa: F821 (IPython defines it)
c.InteractiveShellApp.extensions = ["helpers.lessons.error_display"]
# It warns at each start that its sockets on this machine are not encrypted.
c.IPKernelApp.log_level = "ERROR"
