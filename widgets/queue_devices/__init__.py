"""The devices of this machine and the runs that wait for one."""
