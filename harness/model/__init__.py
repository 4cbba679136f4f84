"""Values of the harness, pure: nothing here touches a disk, a socket or a process."""
