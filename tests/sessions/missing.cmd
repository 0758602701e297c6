* image: syscall64.elf --user syscall64-user.elf
* exit: 125
$$>< inner.cmd
$$>< nowhere.cmd
.echo not reached
